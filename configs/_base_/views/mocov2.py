# Views of MoCo v2 (https://arxiv.org/abs/2003.04297) and SimSiam (https://arxiv.org/abs/2011.10566).
views = [
    dict(
        type='RandomView',
        size=224,
        crop_scale=(0.2, 1.0),
        jitter=(0.4, 0.4, 0.4, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
        blur_prob=0.5,
    )
] * 2
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=views),
    dict(type='PackViews'),
]
