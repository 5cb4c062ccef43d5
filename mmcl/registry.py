"""Registries of mmcl: one child of every registry that MMPretrain has, so bare names resolve in mmcl, then MMPretrain, then MMEngine.

A registry looks into its parent but never imports the parent's ``locations``; every node therefore lists both packages.
"""

from mmengine.registry import Registry
from mmpretrain import registry as _parents


def _child(parent: Registry, folder: str) -> Registry:
    """Make mmcl's child of ``parent``; ``folder`` is the mmcl package that registers into it."""
    return Registry(
        parent.name, parent=parent, scope='mmcl', locations=[f'mmcl.{folder}', *parent._locations]
    )


RUNNERS = _child(_parents.RUNNERS, 'engine')
RUNNER_CONSTRUCTORS = _child(_parents.RUNNER_CONSTRUCTORS, 'engine')
LOOPS = _child(_parents.LOOPS, 'engine')
HOOKS = _child(_parents.HOOKS, 'engine')
LOG_PROCESSORS = _child(_parents.LOG_PROCESSORS, 'engine')
OPTIMIZERS = _child(_parents.OPTIMIZERS, 'engine')
OPTIM_WRAPPERS = _child(_parents.OPTIM_WRAPPERS, 'engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child(_parents.OPTIM_WRAPPER_CONSTRUCTORS, 'engine')
PARAM_SCHEDULERS = _child(_parents.PARAM_SCHEDULERS, 'engine')
DATASETS = _child(_parents.DATASETS, 'datasets')
DATA_SAMPLERS = _child(_parents.DATA_SAMPLERS, 'datasets')
TRANSFORMS = _child(_parents.TRANSFORMS, 'datasets')
MODELS = _child(_parents.MODELS, 'models')
MODEL_WRAPPERS = _child(_parents.MODEL_WRAPPERS, 'models')
WEIGHT_INITIALIZERS = _child(_parents.WEIGHT_INITIALIZERS, 'models')
BATCH_AUGMENTS = _child(_parents.BATCH_AUGMENTS, 'models')
TASK_UTILS = _child(_parents.TASK_UTILS, 'models')
METRICS = _child(_parents.METRICS, 'evaluation')
EVALUATORS = _child(_parents.EVALUATORS, 'evaluation')
VISUALIZERS = _child(_parents.VISUALIZERS, 'engine')
VISBACKENDS = _child(_parents.VISBACKENDS, 'engine')

# Two children of one scope would collide, so these names are the same object; slots check the kind of part they get.
BACKBONES = NECKS = HEADS = MEMORIES = MODELS
