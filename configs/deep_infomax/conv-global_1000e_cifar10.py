# Deep InfoMax, DIM(G), CIFAR-10, MLP on y 43.17. python tools/train.py configs/deep_infomax/conv-global_1000e_cifar10.py
_base_ = ['./conv-local_1000e_cifar10.py']

model = dict(
    maps=dict(
        _delete_=True,
        whole=dict(
            level=0,
            neck=dict(type='MapSummary', in_channels=128, size=8, hidden_channels=1024, out_channels=2048),
        ),
        vector=dict(level='neck', neck=dict(type='LocalNeck', in_channels=64, out_channels=2048)),
    ),
    tasks=[('vector', 'whole')],
    prior=dict(loss_weight=1.0),
)
