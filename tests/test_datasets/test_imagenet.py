import pytest

from mmcl.datasets import ImageNet
from mmcl.utils.errors import InputError

from .images import save

WNIDS = ('n01440764', 'n01443537', 'n01484850')


def miniature(root, flat_val=False):
    """The published layout, three classes."""
    for seed, wnid in enumerate(WNIDS):
        for i in range(2):
            save(root / 'train' / wnid / f'{wnid}_{i}.JPEG', seed, format='JPEG')
        save(
            root / 'val' / ('' if flat_val else wnid) / f'ILSVRC2012_val_0000000{3 - seed}.JPEG',
            seed,
            format='JPEG',
        )
    if flat_val:
        (root / 'meta').mkdir()
        lines = [f'ILSVRC2012_val_0000000{3 - label}.JPEG {label}\n' for label in (2, 1, 0)]
        (root / 'meta' / 'val.txt').write_text(''.join(lines))
    return str(root)


def test_training_folders_are_the_classes(tmp_path):
    data = ImageNet(miniature(tmp_path), split='train', pipeline=[dict(type='LoadImage')])
    assert data.metainfo['classes'] == WNIDS
    assert data.get_gt_labels().tolist() == [0, 0, 1, 1, 2, 2]
    assert data[5]['img'].shape == (24, 32, 3)


@pytest.mark.parametrize('flat_val', [False, True])
def test_both_layouts_of_the_validation_images_give_the_same_labels(flat_val, tmp_path):
    data = ImageNet(miniature(tmp_path, flat_val), split='val')
    labels = {data.get_data_info(i)['img_path'][-6]: data.get_data_info(i)['gt_label'] for i in range(3)}
    assert labels == {'3': 0, '2': 1, '1': 2}
    assert data.metainfo['classes'] == WNIDS


def test_validation_classes_are_numbered_by_the_training_folders(tmp_path):
    root = miniature(tmp_path)
    (tmp_path / 'val' / WNIDS[0]).rename(tmp_path / 'aside')
    assert ImageNet(root, split='val').get_gt_labels().tolist() == [1, 2]


def test_another_layout_is_an_error(tmp_path):
    with pytest.raises(InputError, match="split='test'"):
        ImageNet(str(tmp_path), split='test')
    with pytest.raises(InputError, match='no class folders in train.*--data-root DIR'):
        ImageNet(str(tmp_path))
    root = miniature(tmp_path, flat_val=True)
    (tmp_path / 'meta' / 'val.txt').unlink()
    with pytest.raises(InputError, match='val.txt.* does not exist'):
        ImageNet(root, split='val')


def test_the_layout_is_recognised_without_reading_it(tmp_path):
    assert not ImageNet.has_layout(str(tmp_path / 'gone'))
    assert not ImageNet.has_layout(str(tmp_path))
    assert ImageNet.has_layout(miniature(tmp_path))
    assert not hasattr(ImageNet(str(tmp_path / 'gone'), lazy_init=True), 'data_bytes')
