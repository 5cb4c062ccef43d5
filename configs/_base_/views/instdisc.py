# Views of NPID (https://arxiv.org/abs/1805.01978) and MoCo v1 (https://arxiv.org/abs/1911.05722): grey comes
# first, the jitter is always on, no blur.
views = [
    dict(
        type='RandomView',
        size=224,
        crop_scale=(0.2, 1.0),
        grey_prob=0.2,
        grey_first=True,
        jitter=(0.4, 0.4, 0.4, 0.4),
        jitter_prob=1.0,
    )
] * 2
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=views),
    dict(type='PackViews'),
]
