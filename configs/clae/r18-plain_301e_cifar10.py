# CLAE on the plain loss, CIFAR-10, the authors' recipe. python tools/train.py configs/clae/r18-plain_301e_cifar10.py
_base_ = ['../invariant_spreading/r18_301e_cifar10.py']

model = dict(
    type='CLAE',
    encoder=dict(_delete_=True, type='TwinPair', bn_momentum=0.01),
    pairs=[(0, 1)],
    negatives=dict(views='key'),
    head=dict(_delete_=True, type='ContrastiveHead', temperature=0.1),
    eps=0.03,
    alpha=1.0,
)
