# C-SimCLR (https://arxiv.org/abs/2109.12909) under protocol FM. python tools/train.py configs/compressive/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(
    type='CSimCLR',
    head=dict(
        _delete_=True,
        type='ContrastiveCEBHead',
        encoder_concentration=1024.0,
        backward_concentration=10.0,
        beta=1.0,
    ),
)
