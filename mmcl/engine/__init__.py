"""Engine: how a run goes; what it learns is the models' business."""

from . import hooks, log, loops, optimizers, precision, runner, schedulers

__all__ = ['hooks', 'log', 'loops', 'optimizers', 'precision', 'runner', 'schedulers']
