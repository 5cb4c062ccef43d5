# Views of BYOL (https://arxiv.org/abs/2006.07733, appendix B): the first is always blurred; the second
# seldom, and it is sometimes solarised.
views = [
    dict(
        type='RandomView',
        size=224,
        crop_scale=(0.08, 1.0),
        interpolation='bicubic',
        jitter=(0.4, 0.4, 0.2, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
        blur_prob=1.0,
    ),
    dict(
        type='RandomView',
        size=224,
        crop_scale=(0.08, 1.0),
        interpolation='bicubic',
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
