"""What is drawn for the images of all processes, and what of it is this one's."""

from collections.abc import Callable

from torch import Tensor

from .dist import rank, world_size


def own_rows(draw: Callable[[int], Tensor], rows: int) -> Tensor:
    """Draw for the images of all processes and keep this process's, so that one process with all images draws the same.

    Args:
        draw (callable): From a number of images M to what is drawn for them, (M, ...), the same on all processes.
        rows (int): Images of each process.

    Returns:
        Tensor: (rows, ...).
    """
    return draw(world_size() * rows)[rank() * rows : (rank() + 1) * rows]
