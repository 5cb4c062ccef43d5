# CEB (https://arxiv.org/abs/2002.05379), with labels, under protocol FM. python tools/train.py configs/bottleneck/r18w16-ceb_3e_fmnist.py
_base_ = ['./r18w16_3e_fmnist.py']

model = dict(
    neck=dict(out_channels=64),
    head=dict(_delete_=True, type='CEBHead', in_channels=64, num_classes=10, beta=0.05, std=1.0),
)
custom_hooks = [
    dict(type='KNNHook'),
    dict(type='ScheduleHook', name='head.beta', start=0.0, end=0.05, num_values=2),
]
