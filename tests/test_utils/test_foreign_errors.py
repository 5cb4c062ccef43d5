import pytest
import torch
from torch import nn

from mmcl.registry import METRICS, OPTIMIZERS
from mmcl.utils.foreign_errors import told


def raised(function):
    with pytest.raises(Exception) as error:  # noqa: PT011  any
        function()
    return error.value


def test_argument_that_a_class_refuses_is_told_with_the_class_and_its_arguments():
    params = [nn.Parameter(torch.ones(1))]
    error = raised(lambda: OPTIMIZERS.build(dict(type='SGD', params=params, lr=-1.0)))
    sentence = str(told(error))
    assert all(word in sentence for word in ('SGD(lr=-1.0)', 'Invalid learning rate', "type='SGD'")), sentence


def test_file_that_the_system_refuses_is_told_with_its_name(tmp_path):
    (tmp_path / 'file').touch()
    error = raised(lambda: (tmp_path / 'file' / 'run').mkdir())
    assert str(tmp_path / 'file' / 'run') in str(told(error))


def test_layer_of_another_width_is_told_with_both_widths():
    class Neck(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(3, 2), nn.ReLU())

        def forward(self, features):
            return self.layers(features)

    sentence = str(told(raised(lambda: Neck()(torch.ones(2, 5)))))
    assert all(word in sentence for word in ('Neck', 'in_channels=3', 'Set in_channels=5')), sentence


def test_mistake_in_the_code_keeps_its_traceback():
    def late():
        int('a')

    class Metric:
        def __init__(self):
            late()  # a ValueError from below is no word about an argument

    assert told(raised(late)) is None
    assert told(raised(lambda: METRICS.build(dict(type=Metric)))) is None
    assert told(raised(lambda: torch.ones(2, 3) @ torch.ones(2, 3))) is None
    assert told(raised(lambda: {}['missing'])) is None
