"""BYOL: the authors' experiment in JAX and Haiku, of which the encoder alone is replaced; needs no torch.

Haiku's batch norm keeps running statistics from 0 on and without the correction for small samples, torch's from 0 and 1 and with it; they
are brought to torch's form.
"""

import platform
import sys
from types import ModuleType, SimpleNamespace

import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
import optax

from .. import comparing, problem
from .source import checkout

DECAY = 0.9  # of batch norm's statistics, 1 minus torch's momentum

# module in Haiku -> common name, and what a channel's statistics are over
MODULES = {
    'trunk/conv1': ('trunk.conv1', 'conv', 0),
    'trunk/norm1': ('trunk.bn1', 'norm', problem.BATCH * 36),
    'trunk/conv2': ('trunk.conv2', 'conv', 0),
    'trunk/norm2': ('trunk.bn2', 'norm', problem.BATCH * 36),
    'projector/linear': ('projector.0', 'linear', 0),
    'projector/batch_norm': ('projector.1', 'norm', problem.BATCH),
    'projector/linear_1': ('projector.3', 'linear', 0),
    'predictor/linear': ('predictor.0', 'linear', 0),
    'predictor/batch_norm': ('predictor.1', 'norm', problem.BATCH),
    'predictor/linear_1': ('predictor.3', 'linear', 0),
}
LEAVES = dict(w='weight', b='bias', scale='weight', offset='bias')
TO_TORCH = dict(conv=(3, 2, 0, 1), linear=(1, 0))
TO_HAIKU = dict(conv=(2, 3, 1, 0), linear=(1, 0))


class Trunk(hk.Module):
    """``trunk.Trunk``, average pooling included, on images (N, H, W, 3)."""

    def __init__(self, num_classes, bn_config) -> None:
        super().__init__(name='trunk')
        self.bn_config = bn_config

    def __call__(self, images, is_training):
        x = hk.Conv2D(problem.WIDTH, 3, with_bias=False, name='conv1')(images)
        x = jax.nn.relu(hk.BatchNorm(**self.bn_config, name='norm1')(x, is_training))
        y = hk.Conv2D(problem.WIDTH, 3, with_bias=False, name='conv2')(x)
        y = hk.BatchNorm(**self.bn_config, name='norm2')(y, is_training)
        return jnp.mean(jax.nn.relu(x + y), axis=(1, 2))


def filled(params: dict) -> dict:
    """Parameters with the problem's values."""
    out = {name: dict(leaves) for name, leaves in params.items()}
    for module, (name, kind, _) in MODULES.items():
        for leaf, value in params[module].items():
            like = value.transpose(TO_TORCH[kind]) if value.ndim > 1 and kind != 'norm' else value.ravel()
            start = problem.initial(common(name, 'online') + '.' + LEAVES[leaf], like.shape)
            start = start.transpose(TO_HAIKU[kind]) if start.ndim > 1 else start.reshape(value.shape)
            out[module][leaf] = jnp.asarray(start)
    return out


def common(name: str, network: str) -> str:
    return name if name.startswith('predictor') else f'{network}.{name}'


def tensors(params: dict, state: dict, network: str) -> dict:
    """Parameters and statistics of one of the two networks, by their common names, in torch's form."""
    out = {}
    for module, (name, kind, num) in MODULES.items():
        if network == 'target' and name.startswith('predictor'):
            continue  # it has one, and does nothing with it
        prefix = common(name, network) + '.'
        for leaf, value in params[module].items():
            value = np.asarray(value)
            out[prefix + LEAVES[leaf]] = (
                value.transpose(TO_TORCH[kind]) if kind in TO_TORCH and value.ndim > 1 else value.ravel()
            )
        if kind == 'norm':
            mean, var = (state[f'{module}/~/{which}_ema'] for which in ('mean', 'var'))
            count = int(var['counter'])
            out[prefix + 'running_mean'] = np.asarray(mean['hidden']).ravel()
            out[prefix + 'running_var'] = DECAY**count + np.asarray(var['hidden']).ravel() * num / (num - 1)
            out[prefix + 'num_batches_tracked'] = np.array(count)
    return out


def stub(*names: str) -> None:
    """Modules of which nothing is used, but for three functions."""
    for name in names:
        sys.modules[name] = module = ModuleType(name)
        module.__path__, module.__getattr__ = [], lambda attribute: None
        module.normalize_images = lambda images: images
        module.postprocess = lambda inputs, rng: inputs
        module.Checkpointer = lambda: None
        if '.' in name and name.startswith('byol'):
            import byol.utils

            setattr(byol.utils, name.split('.')[-1], module)


def main() -> None:
    _, source = checkout('https://github.com/google-deepmind/deepmind-research')
    jax.config.update('jax_enable_x64', True)
    stub('acme', 'acme.jax', 'byol.utils.augmentations', 'byol.utils.checkpointing', 'byol.utils.dataset')
    from byol.byol_experiment import ByolExperiment
    from byol.utils import networks, schedules

    networks.Trunk = Trunk
    schedules.jnp = SimpleNamespace(**{**vars(jnp), 'float32': jnp.float64})  # what rates are cast to
    s = problem.SETTINGS['byol']
    experiment = ByolExperiment(
        random_seed=0,
        num_classes=5,
        batch_size=problem.BATCH,
        max_steps=problem.STEPS,
        enable_double_transpose=False,
        base_target_ema=problem.EMA,
        network_config=dict(
            projector_hidden_size=problem.HIDDEN,
            projector_output_size=problem.DIM,
            predictor_hidden_size=problem.HIDDEN,
            encoder_class='Trunk',
            encoder_config={},
            bn_config=dict(decay_rate=DECAY, eps=1e-5, create_scale=True, create_offset=True),
        ),
        optimizer_config=dict(weight_decay=s['weight_decay'], eta=s['eta'], momentum=s['momentum']),
        lr_schedule_config=dict(
            base_learning_rate=s['lr'] * 256 / problem.BATCH, warmup_steps=s['warmup_steps']
        ),
        evaluation_config={},
        checkpointing_config={},
    )

    def inputs(step: int) -> dict:
        one, two = (jnp.asarray(view.transpose(0, 2, 3, 1)) for view in problem.views(step))
        return dict(view1=one, view2=two, labels=jnp.zeros(problem.BATCH, dtype=jnp.int32))

    rng = jax.random.PRNGKey(0)
    state = experiment._make_initial_state(rng, inputs(0))
    # making it has run a batch; statistics start again at 0
    fresh = jax.tree_util.tree_map(jnp.zeros_like, state.online_state)
    start = filled(state.online_params)
    state = state._replace(online_params=start, target_params=start, online_state=fresh, target_state=fresh)
    one_device = lambda tree: jax.tree_util.tree_map(lambda x: jnp.asarray(x)[None], tree)  # noqa: E731
    state, losses, states = one_device(state), [], {}
    for step in range(problem.STEPS):
        state, logs = experiment.update_pmap(
            state,
            global_step=one_device(np.int64(step)),
            rng=one_device(rng),
            inputs=one_device(inputs(step)),
        )
        losses.append(float(logs['repr_loss'][0]))
        if step + 1 in problem.RECORDED:
            here = jax.tree_util.tree_map(lambda x: x[0], state)
            found = tensors(here.online_params, here.online_state, 'online')
            found.update(tensors(here.target_params, here.target_state, 'target'))
            states[str(step + 1)] = {name: problem.digest(value) for name, value in found.items()}
    versions = dict(python=platform.python_version(), jax=jax.__version__, haiku=hk.__version__)
    versions.update(optax=optax.__version__, numpy=np.__version__)
    facts = dict(source, seed=problem.SEED, versions=versions, dtype='float64', settings=s)
    comparing.write('byol', dict(facts, losses=losses, states=states))
    print(f'byol: losses {losses[0]:.6f} ... {losses[-1]:.6f}')


if __name__ == '__main__':
    main()
