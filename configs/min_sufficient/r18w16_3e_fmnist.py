# Reconstruction on SimCLR (https://arxiv.org/abs/2203.07004), protocol FM. python tools/train.py configs/min_sufficient/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(
    encoder=dict(type='TappedPair'),
    regulariser=dict(
        type='ReconstructionHead',
        decoder=dict(type='ImageDecoder', in_channels=128, channels=(32, 64, 32, 16)),
        loss_weight=0.2,  # the paper's 1 for pixels in [-1, 1]; here their deviation is 1 / 4.9 of the unit's square
    ),
)
