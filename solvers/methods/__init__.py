"""One method, one file. What is listed here is offered by ``solvers``; a method of your own needs no
listing: import its class where it is used."""

from solvers.methods.accelerated_coordinate_descent import AcceleratedCoordinateDescent
from solvers.methods.accelerated_kaczmarz import AcceleratedKaczmarz
from solvers.methods.adagrad import AdaGrad, AdaGradNorm
from solvers.methods.adam import Adam, AMSGrad
from solvers.methods.barzilai_borwein import BarzilaiBorwein1, BarzilaiBorwein2
from solvers.methods.bfgs import BFGS
from solvers.methods.catalyst import CatalystCoordinateDescent, CatalystSVRG
from solvers.methods.chebyshev import Chebyshev
from solvers.methods.coin_betting import CoinBetting
from solvers.methods.conjugate_gradient import ConjugateGradient
from solvers.methods.coordinate_descent import RandomizedCoordinateDescent
from solvers.methods.delayed_coordinate_descent import DelayedCoordinateDescent
from solvers.methods.delayed_gradient import DelayedGradientDescent, DelayedSGD
from solvers.methods.exact_line_search import ExactLineSearch
from solvers.methods.fast_gradient import FastGradient
from solvers.methods.gauss_seidel import GaussSeidel
from solvers.methods.gradient_descent import GradientDescent
from solvers.methods.heavy_ball import HeavyBall
from solvers.methods.item import ITEM
from solvers.methods.jacobi import Jacobi
from solvers.methods.kaczmarz import Kaczmarz
from solvers.methods.katyusha import Katyusha, LooplessKatyusha
from solvers.methods.lbfgs import LBFGS
from solvers.methods.loopless_svrg import LooplessSVRG
from solvers.methods.mass import MaSS
from solvers.methods.minibatch_sgd import MiniBatchSGD
from solvers.methods.minimal_gradient import MinimalGradient
from solvers.methods.momentum_sgd import MomentumSGD
from solvers.methods.nesterov import Nesterov, NesterovConvex
from solvers.methods.nesterov_coordinate_descent import NesterovCoordinateDescent
from solvers.methods.nesterov_sgd import NesterovSGD
from solvers.methods.nonlinear_conjugate_gradient import FletcherReeves, PolakRibiere
from solvers.methods.online_adam import OnlineAdam, OnlineAMSGrad
from solvers.methods.optimized_gradient import OptimizedGradient
from solvers.methods.parallel_coordinate_descent import ParallelCoordinateDescent
from solvers.methods.permuted_coordinate_descent import PermutedCoordinateDescent
from solvers.methods.polyak_step import PolyakStep
from solvers.methods.preconditioned_conjugate_gradient import JacobiConjugateGradient
from solvers.methods.restarted_nesterov import FixedRestart, FunctionRestart, GradientRestart
from solvers.methods.rmsprop import RMSProp
from solvers.methods.sag import SAG
from solvers.methods.saga import SAGA
from solvers.methods.sgd import SGD, DiminishingSGD
from solvers.methods.svrg import SVRG, AverageSVRG, RandomSVRG, StoredSVRG
from solvers.methods.svrg_bb import SVRGBB
from solvers.methods.triple_momentum import TripleMomentum
from solvers.methods.weighted_coordinate_descent import WeightedCoordinateDescent

__all__ = [
    "BFGS",
    "ITEM",
    "LBFGS",
    "SAG",
    "SAGA",
    "SGD",
    "SVRG",
    "SVRGBB",
    "AMSGrad",
    "AcceleratedCoordinateDescent",
    "AcceleratedKaczmarz",
    "AdaGrad",
    "AdaGradNorm",
    "Adam",
    "AverageSVRG",
    "BarzilaiBorwein1",
    "BarzilaiBorwein2",
    "CatalystCoordinateDescent",
    "CatalystSVRG",
    "Chebyshev",
    "CoinBetting",
    "ConjugateGradient",
    "DelayedCoordinateDescent",
    "DelayedGradientDescent",
    "DelayedSGD",
    "DiminishingSGD",
    "ExactLineSearch",
    "FastGradient",
    "FixedRestart",
    "FletcherReeves",
    "FunctionRestart",
    "GaussSeidel",
    "GradientDescent",
    "GradientRestart",
    "HeavyBall",
    "Jacobi",
    "JacobiConjugateGradient",
    "Kaczmarz",
    "Katyusha",
    "LooplessKatyusha",
    "LooplessSVRG",
    "MaSS",
    "MiniBatchSGD",
    "MinimalGradient",
    "MomentumSGD",
    "Nesterov",
    "NesterovConvex",
    "NesterovCoordinateDescent",
    "NesterovSGD",
    "OnlineAMSGrad",
    "OnlineAdam",
    "OptimizedGradient",
    "ParallelCoordinateDescent",
    "PermutedCoordinateDescent",
    "PolakRibiere",
    "PolyakStep",
    "RMSProp",
    "RandomSVRG",
    "RandomizedCoordinateDescent",
    "StoredSVRG",
    "TripleMomentum",
    "WeightedCoordinateDescent",
]
