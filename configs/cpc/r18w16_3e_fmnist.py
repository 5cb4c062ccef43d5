# CPC v2 (https://arxiv.org/abs/1905.09272) under protocol FM. python tools/train.py configs/cpc/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(type='RandomView', size=32, crop_scale=(0.75, 0.75), crop_ratio=(1.0, 1.0))  # as 260 of 300 px
model = dict(
    type='CPC',
    data_preprocessor=dict(
        type='PatchPreprocessor',
        mean=[114.75] * 3,
        std=[57.375] * 3,
        views=[view],
        patch=16,  # 3x3 patches; two rows ahead is the first that does not overlap
        stride=8,
        patch_view=dict(
            crop_scale=(1.0, 1.0), crop_ratio=(1.0, 1.0), jitter=(0.4, 0.4, 0.0, 0.0), jitter_prob=0.8
        ),
        shear_prob=0.2,
    ),
    backbone=dict(  # the protocol's, with layer norm: batch norm would let patches see each other
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='GN', num_groups=1),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(type='MLP', in_channels=128, hidden_channels=64, out_channels=64, num_layers=1),
    predictor=dict(
        type='GridPredictor', in_channels=128, out_channels=64, hidden_channels=64, num_blocks=2, steps=(2,)
    ),
    head=dict(type='ContrastiveHead', temperature=10.0),  # the paper's factor 0.1
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-3))
