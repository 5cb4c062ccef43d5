"""The backbone of the problem."""

import torch
from torch import Tensor, nn

from . import problem


class Trunk(nn.Module):
    """A convolution, then one in a residual branch, each with batch norm: (N, 3, H, W) -> (N, WIDTH, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, problem.WIDTH, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(problem.WIDTH)
        self.conv2 = nn.Conv2d(problem.WIDTH, problem.WIDTH, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(problem.WIDTH)

    def forward(self, images: Tensor) -> Tensor:
        x = self.bn1(self.conv1(images)).relu()
        return (x + self.bn2(self.conv2(x))).relu()


@torch.no_grad()
def fill(state: dict) -> None:
    """Give tensors, by their common names, the values they start with, in place."""
    for name, tensor in state.items():
        tensor.copy_(torch.from_numpy(problem.initial(name, tensor.shape)))


def digests(state: dict) -> dict:
    """Of tensors by their common names."""
    return {name: problem.digest(tensor.detach().double().numpy()) for name, tensor in state.items()}
