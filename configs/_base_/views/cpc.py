# CPC v2 (https://arxiv.org/abs/1905.09272): 260 px out of 300, then 6x6 patches of 80 px, each augmented by itself. The model's
# preprocessor cuts: model = dict(data_preprocessor=dict(type='PatchPreprocessor', **_base_.patches)).
patches = dict(
    patch=80,
    stride=36,
    patch_view=dict(
        crop_scale=(1.0, 1.0),
        crop_ratio=(1.0, 1.0),
        jitter=(0.4, 0.4, 0.4, 0.1),
        jitter_prob=0.8,
        grey_prob=0.25,
    ),
    shear_prob=0.2,
)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizeRandomCrop', resize=300, crop=260),
    dict(type='PackViews'),
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizeCenterCrop', resize=300, crop=260),
    dict(type='PackViews'),
]
