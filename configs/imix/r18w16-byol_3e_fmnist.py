# i-Mix (https://arxiv.org/abs/2010.08887) on BYOL, FM. python tools/train.py configs/imix/r18w16-byol_3e_fmnist.py
_base_ = ['../byol/r18w16_3e_fmnist.py']

model = dict(
    data_preprocessor=dict(
        type='MixingPreprocessor', mixing=dict(type='MixupViews', alpha=1.0, views=(0, 1))
    ),
    pairs=[(2, 1), (3, 0)],
    positives=dict(type='MixedPositives'),
)
