# The view that jigsaw puzzles are cut from (VISSL, for https://arxiv.org/abs/1905.01235): shorter side 256, a crop of 255, two thirds grey.
puzzle = dict(
    type='Compose',
    transforms=[
        dict(type='ResizeRandomCrop', resize=256, crop=255),
        dict(type='RandomFlip', prob=0.5),
        dict(
            type='RandomGrayscale',
            prob=0.66,
            keep_channels=True,
            channel_weights=(0.299, 0.587, 0.114),
            color_format='rgb',
        ),
    ],
)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='MultiView', views=[puzzle]),
    dict(type='PackViews'),
]
