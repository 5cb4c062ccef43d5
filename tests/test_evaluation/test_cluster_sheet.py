"""Clusters as pictures."""

import numpy as np

from mmcl.evaluation.cluster_sheet import draw_sheet, draw_tree, largest, nearest_images, tree


def test_nearest_images_are_the_surest_of_a_cluster():
    clusters = np.array([1, 0, 1, 1, -1])
    confidence = np.array([0.2, 0.9, 0.8, 0.5, 1.0])
    assert nearest_images(clusters, confidence, 1, 2) == [2, 3]
    assert nearest_images(clusters, confidence, 0, 2) == [1]
    assert largest(clusters, 5) == [(1, 3), (0, 1)]


def three_levels():
    """12 images in 6, 3 and 2 clusters that lie in each other."""
    fine = np.array([0, 0, 0, 1, 1, 2, 2, 3, 4, 4, 5, -1])
    middle = np.where(fine < 0, -1, np.array([0, 0, 1, 1, 2, 2])[fine])
    coarse = np.where(fine < 0, -1, np.array([0, 0, 1])[middle])
    return np.stack([fine, middle, coarse], axis=1)


def test_the_tree_has_the_largest_clusters_below_their_parents():
    clusters = three_levels()
    confidence = np.tile(np.linspace(0, 1, 12)[:, None], 3)
    root, other = tree(clusters, confidence, roots=2, children=2, num=2)
    assert (root.cluster, root.size) == (0, 8) and (other.cluster, other.size) == (1, 3)
    assert [(child.cluster, child.size) for child in root.children] == [(0, 5), (1, 3)]
    assert [leaf.cluster for leaf in root.children[0].children] == [0, 1]
    assert root.children[0].children[0].nearest == [2, 1]
    (only,) = tree(clusters, confidence, roots=1, children=1, num=1)
    assert [len(only.children), len(only.children[0].children)] == [1, 1]


def test_sheet_and_tree_are_drawn_with_the_chosen_images(tmp_path):
    clusters, confidence, asked = three_levels(), np.ones((12, 3)), []

    def picture(number):
        asked.append(number)
        return np.full((8, 8, 1), 20 * number, dtype=np.uint8)

    draw_sheet(str(tmp_path / 'sheet.png'), clusters[:, 0], confidence[:, 0], picture, rows=2, num=2)
    assert asked == [0, 1, 3, 4]
    draw_tree(str(tmp_path / 'tree.png'), clusters, confidence, picture, roots=2, children=2, num=1)
    assert asked[4:] == [0, 3, 5, 7, 8, 10]
    assert all((tmp_path / name).stat().st_size > 1000 for name in ('sheet.png', 'tree.png'))
