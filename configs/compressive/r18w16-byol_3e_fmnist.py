# C-BYOL (https://arxiv.org/abs/2109.12909) under protocol FM. python tools/train.py configs/compressive/r18w16-byol_3e_fmnist.py
_base_ = ['../byol/r18w16_3e_fmnist.py']

model = dict(
    type='CBYOL',
    head=dict(
        _delete_=True,
        type='CompressiveLatentHead',
        dim=128,
        hidden_channels=512,
        encoder_concentration=8192.0,
        backward_concentration=10.0,
        beta=0.2,  # the published share of both terms, at BYOL's own scale
    ),
)
