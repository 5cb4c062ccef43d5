"""The memory bank."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.memories import MemoryBank
from mmcl.utils.errors import InputError


def test_writing_mixes_old_and_new_and_keeps_unit_length():
    bank = MemoryBank(dim=4, num_samples=6, momentum=0.3)
    old = bank.bank.clone()
    new, index = F.normalize(torch.randn(2, 4), dim=1), torch.tensor([5, 1])
    bank.write(new, index)
    for row, i in zip(new, index.tolist()):
        mixed = 0.3 * old[i] + 0.7 * row
        assert torch.allclose(bank.read(torch.tensor([i]))[0], mixed / mixed.norm(), atol=1e-6)
    untouched = [0, 2, 3, 4]
    assert torch.equal(bank.bank[untouched], old[untouched])
    assert bank.written.tolist() == [False, True, False, False, False, True]


def test_bank_takes_its_size_from_the_dataset():
    bank = MemoryBank(dim=4)
    bank.size_to_dataset(9)
    assert bank.bank.shape == (9, 4)
    assert torch.allclose(bank.bank.norm(dim=1), torch.ones(9), atol=1e-6)


def test_a_bank_of_another_length_than_the_dataset_is_refused():
    with pytest.raises(InputError, match='num_samples=6 but the training dataset has 9'):
        MemoryBank(dim=4, num_samples=6).size_to_dataset(9)


def test_mmengine_style_momentum_of_one_is_refused():
    with pytest.raises(InputError, match='momentum=1'):
        MemoryBank(dim=4, momentum=1)
