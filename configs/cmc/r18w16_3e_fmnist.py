# CMC (https://arxiv.org/abs/1906.05849) under protocol FM. python tools/train.py configs/cmc/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))
half = dict(  # two halves of the protocol's width
    type='ResNet_CIFAR',
    depth=18,
    in_channels=1,
    base_channels=8,
    stem_channels=8,
    norm_cfg=dict(type='SyncBN'),
    zero_init_residual=False,
    init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
)
neck = dict(type='MLP', in_channels=64, hidden_channels=256, out_channels=128)
model = dict(
    type='CMC',
    # the images are grey: low against high frequencies instead of luminance against colour
    data_preprocessor=dict(type='ColorSpacePreprocessor', space='bands', views=[view]),
    backbone=dict(type='ViewBackbones', branches=[half, half], channels=[[0], [1]]),
    neck=dict(type='ViewNecks', necks=[neck, neck]),
    negatives=dict(type='BatchNegatives', views='key'),
    head=dict(type='ContrastiveHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
