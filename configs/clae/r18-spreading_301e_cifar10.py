# CLAE on Invariant and Spreading, CIFAR-10, the authors' recipe. python tools/train.py configs/clae/r18-spreading_301e_cifar10.py
_base_ = ['../invariant_spreading/r18_301e_cifar10.py']

model = dict(type='CLAE', encoder=dict(type='TwinPair', bn_momentum=0.01), eps=0.03, alpha=1.0)
