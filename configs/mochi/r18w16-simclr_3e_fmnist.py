# MoCHi (https://arxiv.org/abs/2010.01028) on SimCLR, FM. python tools/train.py configs/mochi/r18w16-simclr_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(
    negatives=[
        dict(type='BatchNegatives'),
        dict(type='MixedHardNegatives', num_hardest=64, num_mixes=32, num_query_mixes=8, start_epoch=1),
    ]
)
