"""Proofs: from a statement to a certificate, and the kernel that re-checks it."""
