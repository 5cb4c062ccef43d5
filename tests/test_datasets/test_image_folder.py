import os
from pathlib import Path

import numpy as np
import pytest

from mmcl.datasets import ImageFolder
from mmcl.datasets.class_labels import read_list
from mmcl.datasets.image_source import has_class_folders
from mmcl.datasets.scan import find_images
from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .images import picture, save

LOAD = [dict(type='LoadImage')]


def paths_of(dataset):
    return [
        os.path.relpath(dataset.get_data_info(i)['img_path'], dataset.folder) for i in range(len(dataset))
    ]


def classes_in(root, **counts):
    for name, count in counts.items():
        for i in range(count):
            save(root / name / f'{i:02d}.png', i)
    return str(root)


# --- which files


def test_any_depth_and_mix_of_formats_in_the_order_of_paths(tmp_path):
    names = ['b/c/d/e.webp', 'a.jpg', 'b/a.JPEG', 'b-1/z.bmp', 'z.png', 'b/c/x.tiff', 'q.gif', 'p.pgm']
    for seed, name in enumerate(names):
        if name.endswith('pgm'):
            (tmp_path / name).write_bytes(b'P5 2 2 255\n\0\1\2\3')
        else:
            save(tmp_path / name, seed)
    (tmp_path / 'notes.txt').write_text('x')
    dataset = DATASETS.build(dict(type='ImageFolder', data_root=str(tmp_path), pipeline=LOAD))
    assert paths_of(dataset) == sorted(names)
    assert [dataset[i]['sample_idx'] for i in range(len(names))] == list(range(len(names)))
    assert all(item['img'].shape[2] == 3 and 'gt_label' not in item for item in dataset)
    assert np.array_equal(dataset[sorted(names).index('z.png')]['img'], picture(4))
    assert dataset.get_gt_labels().tolist() == [-1] * len(names) and dataset.get_cat_ids(0) == []


def test_names_with_spaces_and_other_alphabets_are_found(tmp_path):
    names = ['a b/c d.png', 'été/猫.png', '100%.png', '#1.png']
    for name in names:
        save(tmp_path / name)
    assert paths_of(ImageFolder(str(tmp_path), pipeline=LOAD)) == sorted(names)


def test_hidden_files_and_folders_are_left_out(tmp_path):
    for name in ['a.png', '.b.png', '.cache/c.png', '._d.png']:
        save(tmp_path / name)
    assert find_images(str(tmp_path)) == (['a.png'], {})


def test_links_are_followed_once(tmp_path):
    root, elsewhere = tmp_path / 'root', tmp_path / 'elsewhere'
    save(root / 'z' / 'a.png')
    save(elsewhere / 'b.png')
    save(tmp_path / 'single.png')
    (root / 'a_link_to_z').symlink_to(root / 'z')
    (root / 'above').symlink_to(tmp_path)
    (root / 'top').symlink_to('/')
    (root / 'z' / 'loop').symlink_to(root)
    (root / 'out').symlink_to(elsewhere)
    (root / 'out_again').symlink_to(elsewhere)
    (root / 'file.png').symlink_to(tmp_path / 'single.png')
    (root / 'same.png').symlink_to(root / 'z' / 'a.png')
    (root / 'broken.png').symlink_to(tmp_path / 'gone.png')
    assert find_images(str(root))[0] == ['broken.png', 'file.png', 'out/b.png', 'z/a.png']


def test_class_folders_may_be_links(tmp_path):
    for name in 'ab':
        save(tmp_path / 'disk' / name / '0.png')
        (tmp_path / 'root').mkdir(exist_ok=True)
        (tmp_path / 'root' / name).symlink_to(tmp_path / 'disk' / name)
    assert ImageFolder(str(tmp_path / 'root'), labels='folders').get_gt_labels().tolist() == [0, 1]


def test_files_that_are_no_images_are_counted_and_listed(tmp_path):
    for i in range(30):
        save(tmp_path / f'{i:02d}.jpg', i)
    (tmp_path / '03.jpg').write_bytes(b'')
    (tmp_path / '07.jpg').write_text('<html>')
    dataset = ImageFolder(str(tmp_path), pipeline=LOAD)
    assert len(dataset) == 28 and '03.jpg' not in paths_of(dataset)
    assert dataset.rejected == [str(tmp_path / '03.jpg'), str(tmp_path / '07.jpg')]
    unchecked = ImageFolder(str(tmp_path), pipeline=LOAD, check_headers=False)
    assert len(unchecked) == 30 and unchecked[3]['sample_idx'] == 4


def test_the_log_names_the_first_rejected_files(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr('mmcl.datasets.image_folder.print_log', lambda line, *args: lines.append(line))
    for i in range(60):
        save(tmp_path / f'{i:02d}.jpg', i)
    for i in range(6):
        (tmp_path / f'{i:02d}.jpg').write_bytes(b'no image')
    ImageFolder(str(tmp_path))
    assert len(lines) == 1 and lines[0].startswith('6 of 60 files are no readable images')
    assert '04.jpg and 1 more' in lines[0] and '05.jpg' not in lines[0]


def test_too_many_files_that_are_no_images_are_an_error(tmp_path):
    save(tmp_path / 'a.png')
    (tmp_path / 'b.png').write_bytes(b'no image')
    with pytest.raises(InputError, match='1 of 2 files are no readable images .*b.png.*at most 10%'):
        ImageFolder(str(tmp_path))
    assert len(ImageFolder(str(tmp_path), max_corrupt_share=0.5)) == 1


# --- class folders


def test_first_folders_are_the_classes_in_the_order_of_their_names(tmp_path):
    save(tmp_path / 'dog' / 'deep' / 'down' / 'a.png')
    save(tmp_path / 'cat' / 'b.png')
    dataset = ImageFolder(str(tmp_path), labels='folders', pipeline=LOAD)
    assert dataset.metainfo['classes'] == ('cat', 'dog')
    assert (
        dataset.get_gt_labels().tolist() == [0, 1]
        and dataset[1]['gt_label'] == 1
        and dataset.get_cat_ids(1) == [1]
    )


def test_named_classes_keep_their_numbers_where_a_class_is_missing(tmp_path):
    root = classes_in(tmp_path, cat=1, owl=1)
    dataset = ImageFolder(root, labels='folders', metainfo=dict(classes=['cat', 'dog', 'owl']))
    assert dataset.get_gt_labels().tolist() == [0, 2]
    with pytest.raises(InputError, match='no class: owl'):
        ImageFolder(root, labels='folders', metainfo=dict(classes=['cat', 'dog']))


def test_an_empty_class_folder_is_an_error(tmp_path):
    root = classes_in(tmp_path, cat=1, dog=1)
    (tmp_path / 'owl').mkdir()
    with pytest.raises(InputError, match='hold no images: owl'):
        ImageFolder(root, labels='folders')


def test_images_beside_class_folders_are_ambiguous(tmp_path):
    root = classes_in(tmp_path, cat=2, dog=1)
    save(tmp_path / 'loose.png')
    with pytest.raises(InputError, match="1 images lie in .*loose.png.*labels='none'"):
        ImageFolder(root, labels='folders')
    assert len(ImageFolder(root)) == 4


def test_folders_named_like_splits_are_no_classes(tmp_path):
    root = classes_in(tmp_path, train=1, val=1)
    with pytest.raises(InputError, match='the folders train, val: splits.*/train'):
        ImageFolder(root, labels='folders')


def test_class_folders_are_recognised(tmp_path):
    assert has_class_folders(classes_in(tmp_path / 'classes', cat=1, dog=1))
    assert not has_class_folders(classes_in(tmp_path / 'splits', train=1, val=1))
    assert not has_class_folders(classes_in(tmp_path / 'single', cat=1))
    save(tmp_path / 'flat' / 'a.png')
    assert not has_class_folders(str(tmp_path / 'flat'))
    save(tmp_path / 'classes' / 'loose.png')
    assert not has_class_folders(str(tmp_path / 'classes'))


# --- fixed split


def test_the_split_is_a_fixed_part_of_every_class(tmp_path):
    root = classes_in(tmp_path, cat=20, dog=30, fox=2, owl=1)
    parts = {part: ImageFolder(root, labels='folders', split=part) for part in ('train', 'val')}
    train, val = (paths_of(parts[part]) for part in ('train', 'val'))
    assert sorted(train + val) == paths_of(ImageFolder(root))
    assert np.bincount(parts['val'].get_gt_labels(), minlength=4).tolist() == [2, 3, 1, 0]
    assert np.bincount(parts['train'].get_gt_labels(), minlength=4).tolist() == [18, 27, 1, 1]
    assert parts['train'].metainfo['classes'] == parts['val'].metainfo['classes']


def test_the_split_depends_on_relative_paths_only(tmp_path):
    one = ImageFolder(classes_in(tmp_path / 'one', cat=20), split='val')
    other = ImageFolder(classes_in(tmp_path / 'moved' / 'two', cat=20), split='val')
    assert paths_of(one) == paths_of(other)
    assert paths_of(one) != [f'cat/{i:02d}.png' for i in range(2)]
    assert set(paths_of(one)) < set(paths_of(ImageFolder(one.folder, split='val', val_fraction=0.5)))


def test_a_split_without_images_is_an_error(tmp_path):
    with pytest.raises(InputError, match="split='val' of 1 images"):
        ImageFolder(classes_in(tmp_path, cat=1), split='val')


# --- list files


def listed(tmp_path, text, **kwargs):
    for name in ['a.png', 'b c.png', 'd/e 7.png']:
        save(tmp_path / 'images' / name)
    (tmp_path / 'list.txt').write_text(text)
    return ImageFolder(str(tmp_path), ann_file='list.txt', data_prefix='images', pipeline=LOAD, **kwargs)


def test_a_list_chooses_images_and_keeps_its_order(tmp_path):
    dataset = listed(tmp_path, '\n'.join(['b c.png', '', 'a.png', 'd/e 7.png', '']))
    assert paths_of(dataset) == ['b c.png', 'a.png', 'd/e 7.png']
    assert dataset.get_gt_labels().tolist() == [-1] * 3 and dataset[0]['img'].shape == (24, 32, 3)


def test_a_list_may_carry_labels_after_paths_with_spaces(tmp_path):
    dataset = listed(tmp_path, 'b c.png 1\na.png\t0\nd/e 7.png  1\r\n')
    assert paths_of(dataset) == ['b c.png', 'a.png', 'd/e 7.png']
    assert dataset.get_gt_labels().tolist() == [1, 0, 1]


def test_a_number_in_only_some_lines_is_part_of_the_name(tmp_path):
    (tmp_path / 'list.txt').write_text('photo 1\nphoto.png\n')
    assert read_list(str(tmp_path / 'list.txt')) == (['photo 1', 'photo.png'], None)


def test_a_list_may_start_with_a_byte_order_mark_and_be_absolute(tmp_path):
    save(tmp_path / 'images' / 'a.png')
    list_file = tmp_path / 'elsewhere.txt'
    list_file.write_bytes(b'\xef\xbb\xbfa.png 0\n')
    assert paths_of(ImageFolder(str(tmp_path / 'images'), ann_file=str(list_file))) == ['a.png']


def test_classes_may_come_from_the_folders_of_a_list(tmp_path):
    classes_in(tmp_path, cat=2, dog=2)
    (tmp_path / 'list.txt').write_text('dog/01.png\ncat/00.png\n')
    dataset = ImageFolder(str(tmp_path), ann_file='list.txt', labels='folders')
    assert dataset.get_gt_labels().tolist() == [1, 0]


@pytest.mark.parametrize(
    'text, told',
    [
        ('', 'has no lines'),
        ('\n \n', 'has no lines'),
        ('a.png\nmissing.png\n', '1 of 2 files .* are missing .*missing.png'),
        ('a.png 0\nb c.png\n', '1 of 2 files .*"path label" with a whole number in every line'),
        ('a.png 0\nb c.png 2\n', 'go from 0 to 2; missing: 1'),
        ('a.png 1\nb c.png 2\n', 'go from 1 to 2; missing: 0'),
        ('a.png 0\nb c.png -1\n', 'go from -1 to 0; outside: -1'),
    ],
)
def test_a_wrong_list_is_an_error(text, told, tmp_path):
    with pytest.raises(InputError, match=told):
        listed(tmp_path, text)


def test_named_classes_bound_the_labels_of_a_list(tmp_path):
    classes = dict(classes=['x', 'y', 'z'])
    assert listed(tmp_path, 'a.png 0\nb c.png 2\n', metainfo=classes).get_gt_labels().tolist() == [0, 2]
    with pytest.raises(InputError, match='outside: 3.*labels 0 to 2'):
        listed(tmp_path, 'a.png 0\nb c.png 3\n', metainfo=classes)


def test_labels_from_two_places_are_an_error(tmp_path):
    with pytest.raises(InputError, match="labels='folders' with labels in"):
        listed(tmp_path, 'a.png 0\nb c.png 1\n', labels='folders')


def test_a_missing_list_is_an_error(tmp_path):
    save(tmp_path / 'a.png')
    with pytest.raises(InputError, match='none.txt.* cannot be read .No such file'):
        ImageFolder(str(tmp_path), ann_file='none.txt')


# --- the folder itself


def test_a_wrong_folder_is_an_error(tmp_path):
    with pytest.raises(InputError, match="gone' does not exist.*--data-root"):
        ImageFolder(str(tmp_path / 'gone'))
    with pytest.raises(InputError, match="a.png' is a file"):
        ImageFolder(str(save(tmp_path / 'a.png')))
    (tmp_path / 'empty' / 'deeper').mkdir(parents=True)
    with pytest.raises(InputError, match='holds no files. Expected images'):
        ImageFolder(str(tmp_path / 'empty'))
    (tmp_path / 'text').mkdir()
    for name in ['a.txt', 'b.txt', 'c.npy', 'README']:
        Path(tmp_path, 'text', name).write_text('x')
    with pytest.raises(
        InputError, match=r'4 files, none of them an image \(1 without extension, 1 .npy, 2 .txt\)'
    ):
        ImageFolder(str(tmp_path / 'text'))


def test_a_folder_that_may_not_be_read_is_an_error(tmp_path, monkeypatch):
    save(tmp_path / 'closed' / 'a.png')
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith('closed'):
            raise PermissionError(13, 'Permission denied')
        return scandir(path)

    monkeypatch.setattr(os, 'scandir', refuse)
    with pytest.raises(InputError, match='closed.* cannot be read .Permission denied'):
        ImageFolder(str(tmp_path))


@pytest.mark.parametrize(
    'wrong, told',
    [
        (dict(labels='yes'), "labels='yes'.*'none' or 'folders'"),
        (dict(split='test'), "split='test'.*'train', 'val' or None"),
        (dict(val_fraction=0), 'val_fraction=0.*between 0 and 1'),
    ],
)
def test_a_wrong_argument_is_an_error(wrong, told, tmp_path):
    with pytest.raises(InputError, match=told):
        ImageFolder(str(tmp_path), **wrong)
