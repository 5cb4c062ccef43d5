# SimCLR (https://arxiv.org/abs/2002.05709), jitter alone. python tools/train.py configs/views/r18w16-colour_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

whole = dict(
    type='RandomView',
    size=32,
    crop_scale=(1.0, 1.0),
    crop_ratio=(1.0, 1.0),
    flip_prob=0.0,
    jitter=(0.4, 0.4, 0.4, 0.1),
    jitter_prob=0.8,
)
model = dict(data_preprocessor=dict(views=[whole, whole]))
