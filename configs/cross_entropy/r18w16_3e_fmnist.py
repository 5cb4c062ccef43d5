# Cross-entropy (https://arxiv.org/abs/1512.03385) under protocol FM. python tools/train.py configs/cross_entropy/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='Classifier',
    data_preprocessor=dict(
        mean=[114.75] * 3, std=[57.375] * 3, views=[dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))]
    ),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    head=dict(type='ClassifierHead', in_channels=128, num_classes=10, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
val_evaluator = [dict(type='KNNMetric', k=200, temperature=0.1), dict(type='ClassifierAccuracy')]
test_evaluator = val_evaluator
