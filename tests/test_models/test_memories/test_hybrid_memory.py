"""SpCL's memory: what stands for a class, and how rows move."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import ContrastiveHead
from mmcl.models.memories import HybridMemory, MemoryBank
from mmcl.utils.errors import InputError


def memory(classes=2, instances=6, dim=4, momentum=0.2):
    made = HybridMemory(dim, momentum).double()
    made.fill(torch.randn(classes, dim).double(), torch.randn(instances, dim).double())
    return made


def unit(num, dim=4):
    return F.normalize(torch.randn(num, dim, dtype=torch.float64), dim=1)


def slow_loss(bank, labels, f, target, temperature):
    """The paper's equation, a class and a row at a time."""
    loss = 0.0
    for anchor, label in zip(f, target.tolist()):
        scores = {}
        for c in sorted(set(labels.tolist()) - {-1}):
            rows = [row for row, name in zip(bank, labels.tolist()) if name == c]
            scores[c] = sum((anchor @ row).item() for row in rows) / len(rows) / temperature
        total = sum(torch.tensor(list(scores.values()), dtype=torch.float64).exp())
        loss += (total.log() - scores[label]).item() / len(f)
    return loss


def test_loss_is_cross_entropy_over_classes_clusters_and_single_images():
    made = memory()
    made.assign(torch.tensor([7, 7, 3, 9, 7, 3]), epoch=2, threshold=0.1)
    f, rows = unit(5), torch.tensor([0, 2, 4, 7, 1])
    assert made.labels.tolist() == [0, 1, 3, 3, 2, 4, 3, 2] and int(made.epoch) == 2
    found = ContrastiveHead(0.05)(made.contrast(f, rows))['loss'].item()
    assert found == pytest.approx(slow_loss(made.bank, made.labels, f, made.labels[rows], 0.05))


def test_gradient_goes_to_the_embeddings_alone():
    made = memory()
    made.assign(torch.arange(6), epoch=0, threshold=0.0)
    f = unit(3).requires_grad_()
    ContrastiveHead(0.05)(made.contrast(f, torch.tensor([1, 3, 5])))['loss'].backward()
    assert f.grad.abs().sum() > 0 and not made.bank.requires_grad


def test_without_clusters_it_discriminates_instances():
    made = memory(classes=0)
    made.assign(torch.arange(6), epoch=0, threshold=0.0)
    f, rows = unit(4), torch.tensor([5, 0, 3, 3])
    found = ContrastiveHead(0.05)(made.contrast(f, rows))['loss']
    torch.testing.assert_close(found, F.cross_entropy(f @ made.bank.T / 0.05, rows))


def test_one_cluster_a_class_is_cross_entropy_against_mean_features():
    made = memory(classes=0)
    made.assign(torch.tensor([0, 0, 1, 1, 1, 1]), epoch=0, threshold=0.0)
    means = torch.stack([made.bank[:2].mean(dim=0), made.bank[2:].mean(dim=0)])
    f = unit(3)
    expected = F.cross_entropy(f @ means.T / 0.05, torch.tensor([1, 0, 1]))
    torch.testing.assert_close(
        ContrastiveHead(0.05)(made.contrast(f, torch.tensor([2, 0, 5])))['loss'], expected
    )


def test_images_that_could_not_be_read_are_in_nothing():
    made = memory(classes=1)
    made.assign(torch.tensor([4, -1, 4, 2, -1, 2]), epoch=0, threshold=0.0)
    assert made.labels.tolist() == [0, 2, -1, 2, 1, -1, 1]
    f, rows = unit(2), torch.tensor([1, 6])
    found = ContrastiveHead(0.05)(made.contrast(f, rows))['loss'].item()
    assert found == pytest.approx(slow_loss(made.bank, made.labels, f, made.labels[rows], 0.05))


def test_rows_move_one_after_the_other_and_stay_on_the_sphere():
    made = memory()
    expected, f, rows = made.bank.clone(), unit(5), torch.tensor([1, 4, 1, 0, 1])
    for embedding, row in zip(f, rows.tolist()):
        moved = 0.2 * expected[row] + 0.8 * embedding
        expected[row] = moved / moved.norm()
    made.write(f, rows)
    torch.testing.assert_close(made.bank, expected)


def test_momentum_1_leaves_the_memory_and_other_rows_equal_a_memory_banks():
    made = memory(classes=0, momentum=1.0)
    before = made.bank.clone()
    made.write(unit(2), torch.tensor([0, 3]))
    torch.testing.assert_close(made.bank, before)
    made, plain, f = memory(classes=0), MemoryBank(4, 6, momentum=0.2).double(), unit(2)
    plain.bank.copy_(made.bank)
    for each in (made, plain):
        each.write(f, torch.tensor([0, 3]))
    torch.testing.assert_close(made.bank, plain.bank)


def test_a_checkpoint_brings_its_shapes_clusters_and_threshold():
    made = memory()
    made.assign(torch.tensor([0, 0, 1, 2, 2, 2]), epoch=3, threshold=0.25)
    fresh = HybridMemory(4).double()
    fresh.load_state_dict(made.state_dict())
    assert torch.equal(fresh.bank, made.bank) and torch.equal(fresh.labels, made.labels)
    assert fresh.num_source == 2 and int(fresh.epoch) == 3 and float(fresh.threshold) == 0.25
    f = unit(2)
    sets = [each.contrast(f, torch.tensor([2, 7])) for each in (made, fresh)]
    assert torch.equal(sets[0].shared, sets[1].shared) and torch.equal(sets[0].target, sets[1].target)
    with pytest.raises(RuntimeError, match='bank'):
        HybridMemory(5).load_state_dict(made.float().state_dict())


def test_an_empty_memory_and_a_momentum_out_of_range_are_refused():
    with pytest.raises(InputError, match='SelfPacedHook'):
        HybridMemory(4).contrast(unit(1).float(), torch.tensor([0]))
    with pytest.raises(InputError, match='momentum=1.2'):
        HybridMemory(4, momentum=1.2)
