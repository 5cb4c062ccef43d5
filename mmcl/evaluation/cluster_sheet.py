"""Clusters as pictures: the images nearest to each prototype, and the tree of clusters with them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Picture = Callable[[int], np.ndarray]  # the number of an image -> uint8 (H, W, C)


class Node(NamedTuple):
    """A cluster of a tree.

    Args:
        cluster (int): Its number in its level.
        size (int): Its images.
        children (list[Node]): Of the level below.
        nearest (list[int]): Images, of a leaf only.
    """

    cluster: int
    size: int
    children: list
    nearest: list


def nearest_images(clusters: np.ndarray, confidence: np.ndarray, cluster: int, num: int) -> list[int]:
    """The ``num`` images of a cluster that it is surest of, the surest first."""
    members = np.flatnonzero(clusters == cluster)
    return members[np.argsort(-confidence[members], kind='stable')[:num]].tolist()


def largest(clusters: np.ndarray, num: int) -> list[tuple[int, int]]:
    """The ``num`` largest clusters and their sizes; images without a cluster, -1, are left out."""
    found, sizes = np.unique(clusters[clusters >= 0], return_counts=True)
    order = np.argsort(-sizes, kind='stable')[:num]
    return [(int(found[i]), int(sizes[i])) for i in order]


def tree(clusters: np.ndarray, confidence: np.ndarray, roots: int, children: int, num: int) -> list[Node]:
    """The largest clusters of the last level, with their largest children and those with theirs, down to the first level.

    Args:
        clusters (ndarray): int (N, L), the finest level first; clusters of a level lie within those of the next.
        confidence (ndarray): (N, L).
        roots (int): Clusters of the last level, >= 1.
        children (int): Of each cluster, >= 1.
        num (int): Images of each cluster of the first level, >= 1.
    """

    def grow(inside: np.ndarray, level: int, most: int) -> list[Node]:
        column = np.where(inside, clusters[:, level], -1)
        nodes = []
        for cluster, size in largest(column, most):
            if level:
                below = grow(column == cluster, level - 1, children)
                nodes.append(Node(cluster, size, below, []))
            else:
                near = nearest_images(column, confidence[:, 0], cluster, num)
                nodes.append(Node(cluster, size, [], near))
        return nodes

    return grow(clusters[:, 0] >= 0, clusters.shape[1] - 1, roots)


def draw_sheet(
    path: str, clusters: np.ndarray, confidence: np.ndarray, picture: Picture, rows: int = 20, num: int = 10
) -> None:
    """Draw a row for each of the largest clusters: its nearest images.

    Args:
        path (str): PNG to write.
        clusters (ndarray): int (N,); -1 for none.
        confidence (ndarray): (N,).
        picture (callable): Gives an image.
        rows (int): Clusters, >= 1.
        num (int): Images a cluster, >= 1.
    """
    shown = largest(clusters, rows)
    leaves = [Node(c, size, [], nearest_images(clusters, confidence, c, num)) for c, size in shown]
    _draw(path, leaves, leaves, picture, num)


def draw_tree(
    path: str,
    clusters: np.ndarray,
    confidence: np.ndarray,
    picture: Picture,
    roots: int = 4,
    children: int = 3,
    num: int = 8,
) -> None:
    """Draw the tree of :func:`tree`, which see, a row for each cluster of the first level, with its nearest images."""
    nodes = tree(clusters, confidence, roots, children, num)
    leaves, waiting = [], list(nodes)
    while waiting:
        node = waiting.pop(0)
        waiting = list(node.children) + waiting
        leaves += [] if node.children else [node]
    _draw(path, nodes, leaves, picture, num)


def _draw(path: str, nodes: list[Node], leaves: list[Node], picture: Picture, num: int) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    depth = _depth(nodes)
    figure = Figure(figsize=(0.7 * num + 1.4 * depth, 0.72 * len(leaves) + 0.2))
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(leaves), num + 2 * depth, wspace=0.05, hspace=0.05)
    stem = figure.add_subplot(grid[:, : 2 * depth])
    stem.set(xlim=(-0.1, depth), ylim=(len(leaves) - 0.5, -0.5))
    stem.axis('off')
    places = {id(leaf): row for row, leaf in enumerate(leaves)}
    for node in nodes:
        _draw_node(stem, node, 0, places)
    for row, leaf in enumerate(leaves):
        for column, image in enumerate(leaf.nearest):
            axis = figure.add_subplot(grid[row, 2 * depth + column])
            axis.imshow(picture(image).squeeze(), cmap='gray', vmin=0, vmax=255)
            axis.axis('off')
    figure.savefig(path, dpi=110, bbox_inches='tight')


def _depth(nodes: list[Node]) -> int:
    return 1 + max((_depth(node.children) for node in nodes if node.children), default=0)


def _draw_node(stem, node: Node, level: int, places: dict) -> float:
    """Draw a cluster and what is below it; gives its height."""
    below = [_draw_node(stem, child, level + 1, places) for child in node.children]
    height = sum(below) / len(below) if below else float(places[id(node)])
    stem.text(level, height, f'{node.cluster} ({node.size})', fontsize=8, va='center')
    for each in below:
        stem.plot([level + 0.65, level + 0.95], [height, each], color='grey', linewidth=0.8)
    return height
