# The information plane (https://arxiv.org/abs/1703.00810) of VIB. python tools/train.py configs/bottleneck/r18w16-plane_3e_fmnist.py
_base_ = ['./r18w16_3e_fmnist.py']

custom_hooks = [
    dict(type='KNNHook'),
    dict(type='ScheduleHook', name='head.beta', start=0.0, end=1e-3, num_values=2),
    dict(
        type='InformationPlaneHook',
        layers=['backbone.layer1', 'backbone.layer2', 'backbone.layer3', 'backbone.layer4', 'neck'],
        estimator='kde',
        interval=39,
        noise=0.3,
    ),
]
