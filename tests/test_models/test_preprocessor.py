import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample
from torch import nn

from mmcl.datasets.transforms import MultiView
from mmcl.models.preprocessor import ViewPreprocessor
from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

VIEW = dict(type='RandomView', size=24, jitter=(0.4, 0.4, 0.4, 0.1), grey_prob=0.2, blur_prob=0.5)
MEAN, STD = [120.0, 110.0, 100.0], [60.0, 50.0, 40.0]


def batch(num: int = 70, channels: int = 3, seed: int = 0, epoch: int = 0) -> dict:
    """Coarse random images with the keys that a dataset gives them."""
    inputs = torch.rand(num, channels, 4, 5, generator=torch.Generator().manual_seed(1)) * 255
    inputs = nn.functional.interpolate(inputs, (32, 40), mode='bilinear').byte()
    keys = (mix(seed, epoch, np.arange(num)) >> np.uint64(1)).tolist()
    samples = [DataSample(metainfo=dict(sample_idx=i, view_key=key)) for i, key in enumerate(keys)]
    return dict(inputs=inputs, data_samples=samples)


def build(**kwargs) -> ViewPreprocessor:
    return MODELS.build(dict(type='ViewPreprocessor', **{'mean': MEAN, 'std': STD, **kwargs}))


def test_training_gives_normalised_views_and_evaluation_the_normalised_image():
    preprocessor, data = build(views=[VIEW, dict(VIEW, size=16)]), batch()
    views = preprocessor(data, training=True)
    assert [view.shape for view in views['inputs']] == [(70, 3, 24, 24), (70, 3, 16, 16)]
    assert views['data_samples'] is data['data_samples']
    image = preprocessor(data, training=False)['inputs']
    expected = (data['inputs'] - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    torch.testing.assert_close(image, expected)
    assert image.dtype == views['inputs'][0].dtype == torch.float32


def test_views_that_the_pipeline_made_are_normalised_in_both_modes():
    preprocessor, data = build(), batch()
    data['inputs'] = [data['inputs'], data['inputs'][..., :16, :16]]
    for training in (True, False):
        views = preprocessor(data, training=training)['inputs']
        assert [view.shape for view in views] == [(70, 3, 32, 40), (70, 3, 16, 16)]
        torch.testing.assert_close(views[1], views[0][..., :16, :16])
    single = preprocessor(batch(), training=True)['inputs']
    torch.testing.assert_close(single, views[0])


def test_device_views_are_those_of_multi_view():
    data, other = batch(8), dict(VIEW, crop_scale=(0.08, 1.0), solarize_prob=0.5)
    on_device = build(mean=0, std=1, views=[VIEW, other])(data, training=True)['inputs']
    pipeline = MultiView([VIEW, other])
    for row, sample in enumerate(data['data_samples']):
        made = pipeline(dict(img=data['inputs'][row].permute(1, 2, 0).numpy(), view_key=sample.view_key))
        for view, on_cpu in zip(on_device, made['img']):
            apart = (view[row].permute(1, 2, 0) - torch.from_numpy(on_cpu)).abs()
            assert apart.mean() < 1.5  # rounding to whole levels after each operation on the CPU


def test_views_are_equal_in_any_batch_and_differ_between_epochs_and_seeds():
    preprocessor, data = build(views=[VIEW, VIEW]), batch()
    whole = preprocessor(data, training=True)['inputs']
    rows = [69, 3, 40]
    part = dict(inputs=data['inputs'][rows], data_samples=[data['data_samples'][row] for row in rows])
    for view, again in zip(whole, preprocessor(part, training=True)['inputs']):
        torch.testing.assert_close(again, view[rows], rtol=0, atol=1e-4)
    assert not torch.allclose(whole[0], whole[1])
    for changed in (batch(epoch=1), batch(seed=1)):
        other = preprocessor(changed, training=True)['inputs']
        assert ((other[0] - whole[0]).abs().amax((1, 2, 3)) > 0.05).all()


def test_one_channel_becomes_three_equal_ones():
    grey, preprocessor = batch(channels=1), build(views=[VIEW, VIEW])
    copied = dict(grey, inputs=grey['inputs'].expand(-1, 3, -1, -1).contiguous())
    for training in (True, False):
        one, three = (preprocessor(data, training)['inputs'] for data in (grey, copied))
        for a, b in zip(one, three) if training else [(one, three)]:
            assert a.shape[1] == 3
            torch.testing.assert_close(a, b, rtol=0, atol=1e-4)


@pytest.mark.parametrize('channels_last', [True, False])
@pytest.mark.parametrize('dtype', [torch.uint8, torch.float32])
def test_order_of_the_input_in_memory_changes_nothing(channels_last, dtype):
    preprocessor, inputs = build(channels_last=channels_last), batch(5)['inputs'].to(dtype)
    given = inputs.contiguous(memory_format=torch.channels_last)
    before = given.clone()
    out = preprocessor(dict(inputs=given))['inputs']
    assert torch.equal(out, preprocessor(dict(inputs=inputs))['inputs']) and torch.equal(given, before)
    wanted = torch.channels_last if channels_last else torch.contiguous_format
    assert out.is_contiguous(memory_format=wanted)


@pytest.mark.parametrize('channels', [1, 3])
def test_memory_format_changes_strides_only(channels):
    data = batch(5, channels)
    results = {}
    for channels_last in (True, False):
        preprocessor = build(views=[VIEW], channels_last=channels_last)
        tensors = preprocessor(data, training=True)['inputs'] + [preprocessor(data)['inputs']]
        wanted = torch.channels_last if channels_last else torch.contiguous_format
        assert all(tensor.is_contiguous(memory_format=wanted) for tensor in tensors)
        results[channels_last] = tensors
    assert all(map(torch.equal, results[True], results[False]))


def test_it_works_under_autocast_and_keeps_float32():
    preprocessor, data = build(views=[VIEW]), batch(5)
    plain = preprocessor(data, training=True)['inputs'][0]
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(preprocessor(data, training=True)['inputs'][0], plain)


def test_training_draws_leave_the_global_generators():
    state = torch.get_rng_state(), np.random.get_state()[1].tolist()
    build(views=[VIEW])(batch(5), training=True)
    assert torch.equal(torch.get_rng_state(), state[0]) and np.random.get_state()[1].tolist() == state[1]


def test_it_follows_its_model_to_a_device_and_stays_out_of_checkpoints():
    model = nn.Module()
    model.data_preprocessor = build(views=[VIEW])
    model.to('meta')
    assert model.data_preprocessor.device.type == 'meta' and model.data_preprocessor.scale.is_meta
    assert not model.state_dict()


def test_a_number_stands_for_all_channels():
    data = batch(5)
    assert torch.equal(build(mean=7, std=2)(data)['inputs'], build(mean=[7] * 3, std=[2] * 3)(data)['inputs'])


@pytest.mark.parametrize(
    'bad, said',
    [
        (dict(std=0), 'std'),
        (dict(mean=[1, 2]), 'mean'),
        (dict(views=[dict(type='ResizeCenterCrop')]), 'ResizeCenterCrop'),
    ],
    ids=str,
)
def test_bad_settings_are_named(bad, said):
    with pytest.raises(InputError, match=said):
        build(**bad)


def test_views_on_views_and_missing_keys_are_refused():
    preprocessor, data = build(views=[VIEW]), batch(3)
    with pytest.raises(InputError, match='MultiView'):
        preprocessor(dict(data, inputs=[data['inputs']] * 2), training=True)
    with pytest.raises(InputError, match='view_key'):
        preprocessor(dict(inputs=data['inputs'], data_samples=[DataSample()] * 3), training=True)
