# Views of SwAV (https://arxiv.org/abs/2006.09882, section 4.1 and appendix A): two large crops and six small ones.
large = dict(
    type='RandomView',
    size=224,
    crop_scale=(0.14, 1.0),
    jitter=(0.8, 0.8, 0.8, 0.2),
    jitter_prob=0.8,
    grey_prob=0.2,
    blur_prob=0.5,
)
small = dict(
    type='RandomView',
    size=96,
    crop_scale=(0.05, 0.14),
    jitter=(0.8, 0.8, 0.8, 0.2),
    jitter_prob=0.8,
    grey_prob=0.2,
    blur_prob=0.5,
)
views = [large] * 2 + [small] * 6
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=views),
    dict(type='PackViews'),
]
