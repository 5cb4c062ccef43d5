# Views of PIRL (https://arxiv.org/abs/1912.01991; VISSL): the image, and a large crop that tiles are cut from, without colour changes of
# its own. VISSL's chain of posterising, sharpening, solarising and contrast, at 0.66, is left out of both.
image = dict(
    type='RandomView',
    size=224,
    crop_scale=(0.08, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.2),
    jitter_prob=1.0,
    grey_prob=0.2,
)
puzzle = dict(type='RandomView', size=255, crop_scale=(0.6, 1.0), flip_prob=0.0)
tile_colour = dict(
    jitter=(0.4, 0.4, 0.4, 0.2), jitter_prob=1.0, grey_prob=0.2
)  # of each tile, which is mirrored by itself too
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[image, puzzle]),
    dict(type='PackViews'),
]
