# MoCo on CIFAR-10, the authors' demo: published kNN 88.7 at 800 epochs. python tools/train.py configs/mocov2/r18_800e_cifar10.py
_base_ = ['./r18_200e_cifar10.py']

train_cfg = dict(max_epochs=800)
