# C-SimCLR (https://arxiv.org/abs/2109.12909) under protocol FM. python tools/train.py configs/compressive/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(
    type='CSimCLR',
    neck=dict(last_norm='plain'),  # spreads the codes from the first step on
    head=dict(
        _delete_=True,
        type='ContrastiveCEBHead',
        encoder_concentration=1024.0,
        backward_concentration=10.0,
        beta=1.0,
    ),
)
custom_hooks = [
    dict(type='KNNHook'),
    dict(
        type='ScheduleHook', name='head.beta', start=0.0, end=1.0, num_values=3
    ),  # at 1 from the start, codes collapse
]
