# Deep InfoMax with coordinate task, CIFAR-10. python tools/train.py configs/deep_infomax/conv-coordinates_1000e_cifar10.py
_base_ = ['./conv-infonce_1000e_cifar10.py']

model = dict(
    maps=dict(places=dict(level=0)),
    coordinates=dict(type='CoordinateHead', in_channels=128 + 64, size=8),
)
