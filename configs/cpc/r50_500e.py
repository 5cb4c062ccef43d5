# CPC v2 (https://arxiv.org/abs/1905.09272), ImageNet, published linear top-1 63.8. tools/dist_train.sh configs/cpc/r50_500e.py 32
_base_ = [
    '../_base_/views/cpc.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/adam.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(  # 32 devices x 16
    batch_size=16,
    collate_fn=dict(type='default_collate'),
    dataset=dict(pipeline=_base_.train_pipeline),
)
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_dataloader = val_dataloader
model = dict(
    type='CPC',
    data_preprocessor=dict(
        type='PatchPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        **_base_.patches,
    ),
    backbone=dict(type='PatchResNet', blocks=(3, 4, 6), channels=(256, 512, 1024)),
    neck=dict(type='MLP', in_channels=1024, hidden_channels=64, out_channels=64, num_layers=1),
    predictor=dict(type='GridPredictor', in_channels=1024, out_channels=64, hidden_channels=256, steps=(3,)),
    head=dict(type='ContrastiveHead', temperature=10.0),  # the paper's factor 0.1
)
optim_wrapper = dict(optimizer=dict(lr=4e-4, betas=(0.8, 0.999), eps=1e-8), clip_grad=dict(max_norm=0.01))
train_cfg = dict(max_epochs=500)
auto_scale_lr = dict(base_batch_size=512)
