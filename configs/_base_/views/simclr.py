# Views of SimCLR (https://arxiv.org/abs/2002.05709, appendix A), strength 1. Brightness multiplies, as in the
# authors' v2 code.
views = [
    dict(
        type='RandomView',
        size=224,
        crop_scale=(0.08, 1.0),
        interpolation='bicubic',
        jitter=(0.8, 0.8, 0.8, 0.2),
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
