import pytest
import torch
from mmengine.hooks import Hook

from mmcl.utils.errors import InputError
from tests.test_engine.tiny import build


class Watch(Hook):
    """Notes which images each iteration trains on, and in which epochs validation ran."""

    priority = 'LOWEST'

    def __init__(self) -> None:
        self.images, self.validated, self.started = [], [], None

    def before_train(self, runner) -> None:
        self.started = runner.iter

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        assert batch_idx == runner.iter - runner.epoch * len(runner.train_dataloader)
        self.images.append([sample.sample_idx for sample in data_batch['data_samples']])

    def after_val_epoch(self, runner, metrics=None) -> None:
        self.validated.append(runner.epoch)


def train(runner) -> Watch:
    watch = Watch()
    runner.register_hook(watch)
    runner.train()
    return watch


def test_an_epoch_is_a_whole_number_of_optimizer_steps(tmp_path):
    watch = train(runner := build(tmp_path, num=43, batch_size=4, accumulation=3))
    assert len(runner.train_dataloader) == 9 and runner.max_iters == 18 == len(watch.images)
    assert runner.optim_wrapper.should_update()


def test_left_over_images_are_counted_once_and_change_with_the_epoch(tmp_path):
    runner = build(tmp_path, num=43, batch_size=4)
    watch = train(runner)
    log = next((tmp_path / runner.timestamp).glob('*.log')).read_text()
    assert log.count('An epoch is 10 batches of 4 images: 40 of 43. The 3 left over') == 1
    first, second = (sorted(sum(watch.images[part], [])) for part in (slice(10), slice(10, 20)))
    assert len(set(first)) == len(set(second)) == 40 and first != second


def test_a_resumed_epoch_loads_only_what_is_left_of_it(tmp_path):
    straight = train(build(tmp_path / 'a'))
    train(build(tmp_path / 'b', {'default_hooks.checkpoint': dict(save_every=7, max_keep=-1)}))
    # without validation, whose bank reads the same images
    changes = {'resume': True, 'load_from': str(tmp_path / 'b' / 'iter_7.pth'), 'train_cfg.val_begin': 9}
    resumed = build(tmp_path / 'b', changes)
    asked = []
    build_loop = resumed.build_train_loop
    resumed.build_train_loop = lambda loop: record(build_loop(loop), asked)
    watch = train(resumed)
    assert watch.started == 7 and watch.images == straight.images[7:]
    assert asked == sum(straight.images[7:], [])


def record(loop, asked):
    """Note every image that the loop's dataset is asked for."""
    prepare = loop.dataloader.dataset.prepare_data
    loop.dataloader.dataset.prepare_data = lambda index, *rest: (
        asked.append(int(index)) or prepare(index, *rest)
    )
    return loop


def test_making_the_loader_never_touches_the_random_state(tmp_path):
    loop = build(tmp_path).build_train_loop(dict(type='ResumableEpochLoop', max_epochs=1))
    state = torch.get_rng_state()
    list(loop.dataloader)
    assert torch.equal(torch.get_rng_state(), state)


def test_validation_leaves_the_random_state_as_it_was(tmp_path):
    plain = build(tmp_path / 'a', {'train_cfg.val_interval': 2})
    train(plain)
    noisy = build(tmp_path / 'b', {'train_cfg.val_interval': 1})

    class Draw(Hook):
        def before_val_epoch(self, runner) -> None:
            torch.rand(5)

    noisy.register_hook(Draw())
    train(noisy)
    assert all(
        torch.equal(a, b)
        for a, b in zip(plain.model.state_dict().values(), noisy.model.state_dict().values())
    )


def test_a_validation_that_a_kill_prevented_is_made_up_for(tmp_path):
    train(build(tmp_path, epochs=2))
    watch = train(build(tmp_path, {'resume': True, 'load_from': str(tmp_path / 'epoch_1.pth')}, epochs=2))
    assert watch.validated == [1, 2]


def test_fewer_images_than_a_step_are_a_sentence(tmp_path):
    with pytest.raises(
        InputError, match='7 training images a process, but an optimizer step takes 8.*batch_size'
    ):
        build(tmp_path, num=7, accumulation=2).train()


def test_a_single_image_where_batch_norm_needs_two_is_a_sentence(tmp_path):
    changes = {'model.type': 'VectorLearner'}
    with pytest.raises(InputError, match=r'train_dataloader.batch_size=1\).*two images or more'):
        build(tmp_path, changes, batch_size=1).train()


def test_a_sampler_that_cannot_start_in_the_middle_is_a_sentence(tmp_path):
    changes = {'train_dataloader.sampler.type': 'DefaultSampler'}
    with pytest.raises(InputError, match='DefaultSampler.*ResumableSampler'):
        build(tmp_path, changes).train()


def test_a_fixed_order_says_that_the_end_is_never_used(tmp_path):
    runner = build(tmp_path, {'train_dataloader.sampler.shuffle': False})
    runner.build_train_loop(dict(type='ResumableEpochLoop', max_epochs=1))
    log = next((tmp_path / runner.timestamp).glob('*.log')).read_text()
    assert 'The last 3 would not fill an optimizer step and are never used' in log
