(* What every exported certificate begins with: signs, inner products, interpolation. *)
Require Import Reals Lra Field List Arith.
Import ListNotations.
Open Scope R_scope.

(* Signs of sums of products of positive numbers. *)
Ltac nonneg := first [assumption | match goal with
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; nonneg
  | |- 0 <= _ * _ => apply Rmult_le_pos; nonneg
  | |- 0 <= _ / _ => apply Rmult_le_pos; [nonneg | apply Rlt_le, Rinv_0_lt_compat; pos]
  | |- 0 <= _ ^ _ => apply pow_le; nonneg
  | |- _ => first [apply Rlt_le; assumption | lra]
  end]
with pos := first [assumption | match goal with
  | |- 0 < _ + _ => apply Rplus_lt_le_0_compat; [pos | nonneg]
  | |- 0 < _ * _ => apply Rmult_lt_0_compat; pos
  | |- 0 < _ / _ => apply Rdiv_lt_0_compat; pos
  | |- 0 < _ ^ _ => apply pow_lt; pos
  | |- _ => lra
  end].
Ltac apart := repeat split; apply not_eq_sym, Rlt_not_eq; pos.

Lemma conclude : forall d l r s : R, 0 < d -> 0 <= s -> d * (r - l) = s -> l <= r.
Proof.
  intros d l r s D S E.
  assert (0 <= r - l) by (apply (Rmult_le_reg_l d); [exact D | rewrite Rmult_0_r, E; exact S]).
  lra.
Qed.
Lemma negated : forall d e p : R, 0 < d -> e <= 0 -> p = - (d * e) -> 0 <= p.
Proof. intros d e p D E ->. pose proof (Rmult_le_compat_l d e 0 (Rlt_le _ _ D) E). lra. Qed.
Lemma negated_zero : forall d e p : R, e = 0 -> p = - (d * e) -> p = 0.
Proof. intros d e p -> ->. ring. Qed.
Lemma by_multiplier : forall m p : R, 0 < m -> 0 <= p * m -> 0 <= p.
Proof. intros m p M P. apply (Rmult_le_reg_r m); [exact M | rewrite Rmult_0_l; exact P]. Qed.
Lemma by_equality : forall a b : R, b = a -> 0 < b -> 0 < a.
Proof. intros a b ->. trivial. Qed.

Section Space.
(* A real inner-product space. *)
Variable V : Type.
Variable add : V -> V -> V.
Variable scale : R -> V -> V.
Variable zero : V.
Variable inner : V -> V -> R.
Hypothesis inner_zero : forall w, inner zero w = 0.
Hypothesis inner_add : forall u v w, inner (add u v) w = inner u w + inner v w.
Hypothesis inner_scale : forall c u w, inner (scale c u) w = c * inner u w.
Hypothesis inner_sym : forall u v, inner u v = inner v u.
Hypothesis inner_pos : forall u, 0 <= inner u u.

Definition sub u v := add u (scale (-1) v).
Fixpoint lin (l : list (R * V)) : V :=
  match l with nil => zero | (c, a) :: t => add (scale c a) (lin t) end.
Fixpoint dot1 (c : R) (a : V) (l : list (R * V)) : R :=
  match l with nil => 0 | (d, b) :: t => c * d * inner a b + dot1 c a t end.
Fixpoint dot (k l : list (R * V)) : R :=
  match k with nil => 0 | (c, a) :: t => dot1 c a l + dot t l end.
Lemma inner_lin1 : forall c a l, c * inner a (lin l) = dot1 c a l.
Proof.
  intros c a l. induction l as [|[d b] t IH]; simpl.
  - rewrite inner_sym, inner_zero. ring.
  - rewrite <- IH, inner_sym, inner_add, inner_scale, (inner_sym b a), (inner_sym (lin t) a). ring.
Qed.
Lemma inner_lin : forall k l, inner (lin k) (lin l) = dot k l.
Proof.
  intros k l. induction k as [|[c a] t IH]; simpl.
  - apply inner_zero.
  - rewrite <- IH, <- inner_lin1, inner_add, inner_scale. ring.
Qed.

(* What holds for x, gradient and value at two points i, j of a function with curvature in [mu, L]. *)
Definition interpolated (mu L : R) (xi gi : V) (fi : R) (xj gj : V) (fj : R) : Prop :=
  fi >= fj + inner gj (sub xi xj) + / (2 * (L - mu)) * (inner (sub gi gj) (sub gi gj)
    + mu * L * inner (sub xi xj) (sub xi xj) - 2 * mu * inner (sub gi gj) (sub xi xj)).
(* The same without an upper bound on the curvature. *)
Definition supported (mu : R) (xi gi : V) (fi : R) (xj gj : V) (fj : R) : Prop :=
  fi >= fj + inner gj (sub xi xj) + mu / 2 * inner (sub xi xj) (sub xi xj).

Lemma inner_sub : forall a b u v,
  inner (sub a b) (sub u v) = inner a u - inner a v - inner b u + inner b v.
Proof.
  intros. unfold sub. rewrite inner_add, inner_scale.
  rewrite !(inner_sym _ (add _ _)), !inner_add, !inner_scale.
  rewrite (inner_sym u a), (inner_sym u b), (inner_sym v a), (inner_sym v b). ring.
Qed.
Lemma inner_sub_r : forall a u v, inner a (sub u v) = inner a u - inner a v.
Proof.
  intros. unfold sub. rewrite inner_sym, inner_add, inner_scale, (inner_sym u a), (inner_sym v a). ring.
Qed.
Definition form mu L xi gi fi xj gj fj :=
  2 * (L - mu) * (fj - fi + (inner gj xi - inner gj xj))
  + (inner gi gi - inner gi gj - inner gj gi + inner gj gj)
  + mu * L * (inner xi xi - inner xi xj - inner xj xi + inner xj xj)
  - 2 * mu * (inner gi xi - inner gi xj - inner gj xi + inner gj xj).
Lemma interpolated_form : forall mu L xi gi fi xj gj fj, 0 < L - mu ->
  interpolated mu L xi gi fi xj gj fj <-> form mu L xi gi fi xj gj fj <= 0.
Proof.
  intros mu L xi gi fi xj gj fj G. unfold interpolated, form. rewrite !inner_sub, inner_sub_r.
  set (q := inner gi gi - inner gi gj - inner gj gi + inner gj gj
    + mu * L * (inner xi xi - inner xi xj - inner xj xi + inner xj xj)
    - 2 * mu * (inner gi xi - inner gi xj - inner gj xi + inner gj xj)).
  set (b := inner gj xi - inner gj xj).
  assert (E : 2 * (L - mu) * (/ (2 * (L - mu)) * q) = q) by (field; lra).
  split; intro H.
  - assert (2 * (L - mu) * (fj + b + / (2 * (L - mu)) * q) <= 2 * (L - mu) * fi)
      by (apply Rmult_le_compat_l; lra). unfold q in *. lra.
  - apply Rle_ge, (Rmult_le_reg_l (2 * (L - mu))); [lra | unfold q in *; lra].
Qed.
Definition form_supported mu xi (gi : V) fi xj gj fj :=
  2 * (fj - fi + (inner gj xi - inner gj xj))
  + mu * (inner xi xi - inner xi xj - inner xj xi + inner xj xj).
Lemma supported_form : forall mu xi gi fi xj gj fj,
  supported mu xi gi fi xj gj fj <-> form_supported mu xi gi fi xj gj fj <= 0.
Proof.
  intros. unfold supported, form_supported. rewrite inner_sub, inner_sub_r. split; intro H; lra.
Qed.
