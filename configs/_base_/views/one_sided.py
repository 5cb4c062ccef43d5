# Both views are cropped and mirrored, only the second is coloured (SimCLR's ablations, https://arxiv.org/abs/2002.05709, section 3).
plain = dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), interpolation='bicubic')
one_sided_views = [
    plain,
    dict(jitter=(0.8, 0.8, 0.8, 0.2), jitter_prob=0.8, grey_prob=0.2, blur_prob=0.5, **plain),
]
one_sided_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=one_sided_views),
    dict(type='PackViews'),
]
