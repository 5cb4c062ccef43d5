# Views of InfoMin (https://arxiv.org/abs/2005.10243; the authors' recipe D): two strong ones, and a crop that tiles are cut from.
strong = dict(
    type='Compose',
    transforms=[
        dict(
            type='RandomView',
            size=224,
            crop_scale=(0.2, 1.0),
            jitter=(0.8, 0.8, 0.8, 0.2),
            jitter_prob=0.8,
            blur_prob=0.5,
        ),
        dict(type='InfoMinAugment', num_operations=2, magnitude=10, magnitude_std=0.5, prob=0.5),
        dict(
            type='RandomGrayscale',
            prob=0.2,
            keep_channels=True,
            channel_weights=(0.299, 0.587, 0.114),
            color_format='rgb',
        ),
    ],
)
puzzle = dict(type='RandomView', size=255, crop_scale=(0.6, 1.0))
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='MultiView', views=[strong, strong, puzzle]),
    dict(type='PackViews'),
]
