# Re-identification at 256x128 (https://arxiv.org/abs/2006.02713): moved by up to 10 px, mirrored, a part erased by what is about the mean.
reid_view = dict(
    type='Compose',
    transforms=[
        dict(type='Resize', scale=(128, 256), interpolation='bicubic', backend='pillow'),
        dict(type='RandomFlip', prob=0.5, direction='horizontal'),
        dict(type='RandomCrop', crop_size=(256, 128), padding=10),
        dict(type='RandomErasing', erase_prob=0.5, mode='const', fill_color=(152, 142, 127)),
    ],
)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='MultiView', views=[reid_view]),
    dict(type='PackViews'),
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='Resize', scale=(128, 256), interpolation='bicubic', backend='pillow'),
    dict(type='PackViews'),
]
