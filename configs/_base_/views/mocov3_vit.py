# Views of MoCo v3 (https://arxiv.org/abs/2104.02057) for a vision transformer: BYOL's, bilinear.
views = [
    dict(
        type='RandomView',
        size=224,
        crop_scale=(0.08, 1.0),
        jitter=(0.4, 0.4, 0.2, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
        blur_prob=1.0,
    ),
    dict(
        type='RandomView',
        size=224,
        crop_scale=(0.08, 1.0),
        jitter=(0.4, 0.4, 0.2, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
        blur_prob=0.1,
        solarize_prob=0.2,
        solarize_threshold=128,
    ),
]
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=views),
    dict(type='PackViews'),
]
