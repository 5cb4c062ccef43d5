# Reconstruction on BYOL (https://arxiv.org/abs/2203.07004), FM. python tools/train.py configs/min_sufficient/r18w16-byol_3e_fmnist.py
_base_ = ['../byol/r18w16_3e_fmnist.py']

model = dict(
    encoder=dict(type='TappedEMAPair'),
    regulariser=dict(
        type='ReconstructionHead',
        decoder=dict(type='ImageDecoder', in_channels=128, channels=(32, 64, 32, 16)),
        loss_weight=0.02,
    ),
)
