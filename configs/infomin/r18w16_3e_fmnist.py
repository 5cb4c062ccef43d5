# InfoMin (https://arxiv.org/abs/2005.10243) under protocol FM. python tools/train.py configs/infomin/r18w16_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

# Made on the device, so without RandAugment.
strong = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.2, 1.0),
    jitter=(0.8, 0.8, 0.8, 0.2),
    jitter_prob=0.8,
    grey_prob=0.2,
)
model = dict(
    type='InfoMin',
    data_preprocessor=dict(views=[strong, strong, dict(type='RandomView', size=42, crop_scale=(0.6, 1.0))]),
    pretext=dict(type='ShuffledTiles', grid=3, size=12),
    pretext_neck=dict(
        type='TileNeck',
        tile=dict(type='MLP', in_channels=128, hidden_channels=512, out_channels=128, norm_cfg=None),
        out_channels=128,
    ),
    encoder=dict(type='PiecesEMAPair'),
    pairs=[(0, 1), (2, 1)],
)
