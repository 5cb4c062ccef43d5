# Views of LooC (https://arxiv.org/abs/2008.05659, section 4): a query, a key that shares nothing with it, and a key for each augmentation
# that is left out, which shares that one. Augmentations are MoCo v2's, and quarter turns of the crop; the turn of a key that does not share
# it is another than the query's.
view = dict(
    size=224,
    crop_scale=(0.2, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.1),
    jitter_prob=0.8,
    grey_prob=0.2,
    blur_prob=0.5,
)
colour_views = [
    dict(type='RandomView', **view),
    dict(type='RandomView', **view),
    dict(type='RelatedView', shares=['colour'], **view),
]
colour_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=colour_views),
    dict(type='PackViews'),
]
rotation_views = [
    dict(type='RandomView', rotate=True, **view),
    dict(type='RelatedView', rotate=True, differs=['rotation'], **view),
    dict(type='RelatedView', rotate=True, shares=['rotation'], **view),
]
rotation_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=rotation_views),
    dict(type='PackViews'),
]
colour_rotation_views = [
    dict(type='RandomView', rotate=True, **view),
    dict(type='RelatedView', rotate=True, differs=['rotation'], **view),
    dict(type='RelatedView', rotate=True, shares=['colour'], differs=['rotation'], **view),
    dict(type='RelatedView', rotate=True, shares=['rotation'], **view),
]
colour_rotation_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=colour_rotation_views),
    dict(type='PackViews'),
]
