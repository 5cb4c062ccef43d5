# Deep InfoMax, DIM(L) with InfoNCE, CIFAR-10, MLP on y 69.13. python tools/train.py configs/deep_infomax/conv-infonce_1000e_cifar10.py
_base_ = ['./conv-local_1000e_cifar10.py']

model = dict(head=dict(estimator='infonce'))
