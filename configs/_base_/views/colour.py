# Colour alone: the central square of the image, in SimCLR's colours (an ablation of https://arxiv.org/abs/2002.05709, section 3).
colour_views = [
    dict(
        type='RandomView',
        size=224,
        crop_scale=(1.0, 1.0),
        crop_ratio=(1.0, 1.0),
        flip_prob=0.0,
        interpolation='bicubic',
        jitter=(0.8, 0.8, 0.8, 0.2),
        jitter_prob=0.8,
        grey_prob=0.2,
        blur_prob=0.5,
    )
] * 2
colour_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=colour_views),
    dict(type='PackViews'),
]
