"""Re-identification folders, on miniature copies of the published layouts."""

import pytest

from mmcl.datasets import ReIDFolder
from mmcl.utils.errors import InputError
from tests import shrink
from tests.test_datasets.images import save


@pytest.fixture
def market(tmp_path):
    return shrink.market1501(tmp_path / 'market')


def test_training_images_are_numbered_by_identity_in_the_order_of_their_names(market):
    data = ReIDFolder(market)
    assert len(data) == 20 and data.metainfo['classes'] == ('2', '7', '10', '22')
    names = [data.get_data_info(i)['img_path'].rsplit('/', 1)[1] for i in range(20)]
    assert names == sorted(names)
    for i, name in enumerate(names):
        info = data.get_data_info(i)
        assert data.metainfo['classes'][info['gt_label']] == str(int(name[:4]))
        assert info['camera'] == int(name[6]) == data.cameras[i] and not info['is_query']
    assert data.num_target == 20


def test_test_images_are_queries_then_the_gallery_with_distractors_and_without_junk(market):
    data = ReIDFolder(market, split='test')
    assert data.is_query.tolist() == [True] * 2 + [False] * 3
    assert [data.metainfo['classes'][label] for label in data.get_gt_labels()] == ['3', '5', '0', '3', '5']
    assert data.cameras.tolist() == [1, 1, 1, 2, 2]
    assert len(ReIDFolder(market, split='query')) == 2 and len(ReIDFolder(market, split='gallery')) == 3


def test_what_is_known_of_an_image_reaches_the_model(market):
    data = ReIDFolder(market, split='test', pipeline=[dict(type='LoadImage'), dict(type='PackViews')])
    sample = data[1]['data_samples']
    assert (sample.camera, sample.is_query, sample.gt_label.item(), sample.sample_idx) == (1, True, 2, 1)


def test_veris_layout_is_another_choice_of_folders(tmp_path):
    for folder in ('image_train', 'image_query', 'image_test'):
        for i in range(2):
            save(tmp_path / 'VeRi' / folder / f'{i + 1:04}_c0{i + 14}_0000000{i}_0.jpg', i)
    folders = dict(train='image_train', query='image_query', gallery='image_test')
    data = ReIDFolder(str(tmp_path), folders=folders)
    assert data.cameras.tolist() == [14, 15] and data.metainfo['classes'] == ('1', '2')


def test_a_source_follows_the_target_with_the_only_labels(market, tmp_path):
    for i in range(6):
        save(tmp_path / 'x' / 'bounding_box_train' / f'{i // 2 + 5:04}_c{i % 2 + 1}s1_{i:06}_01.jpg', i)
    for folder in ('query', 'bounding_box_test'):
        save(tmp_path / 'x' / folder / '0001_c1s1_000000_01.jpg')
    data = ReIDFolder(market, source_root=str(tmp_path / 'x'), pipeline=[dict(type='LoadImage')])
    assert len(data) == 26 and data.num_target == 20
    assert data.get_gt_labels().tolist() == [-1] * 20 + [0, 0, 1, 1, 2, 2]
    assert data.metainfo['classes'] == ('5', '6', '7') and data.cameras[20:].tolist() == [1, 2] * 3
    assert data[21]['img'].shape == (24, 32, 3) and '/x/bounding' in data.get_data_info(21)['img_path']
    part = data.get_subset(list(range(4)) + list(range(20, 24)))
    assert part.num_target == 4 and part.get_gt_labels().tolist() == [-1] * 4 + [0, 0, 1, 1]


def test_a_layout_is_recognised_at_its_root_or_one_folder_above(market, tmp_path):
    assert ReIDFolder.has_layout(market) and ReIDFolder.has_layout(f'{market}/Market-1501-v15.09.15')
    assert not ReIDFolder.has_layout(str(tmp_path / 'nothing'))


def test_other_layouts_names_and_splits_are_refused(market, tmp_path):
    with pytest.raises(InputError, match='lacks bounding_box_test, bounding_box_train, query'):
        len(ReIDFolder(str(tmp_path / 'nothing')))
    with pytest.raises(InputError, match="split='val'.*'gallery'"):
        ReIDFolder(market, split='val')
    with pytest.raises(InputError, match="split='test' with source_root.*split='train'"):
        ReIDFolder(market, split='test', source_root=market)
    save(tmp_path / 'market/Market-1501-v15.09.15/bounding_box_train/someone.jpg')
    with pytest.raises(InputError, match='1 of 21 names.*someone.jpg.*set pattern'):
        len(ReIDFolder(market))


def test_a_folder_without_images_is_refused(tmp_path):
    for folder in ('bounding_box_train', 'query', 'bounding_box_test'):
        (tmp_path / folder).mkdir()
    with pytest.raises(InputError, match='holds no images'):
        len(ReIDFolder(str(tmp_path)))
