# Stage 2 (https://arxiv.org/abs/1910.09217), ImageNet-LT, 47.3. tools/dist_train.sh configs/cross_entropy/r50-balanced_10e_imagenet_lt.py 8
_base_ = ['./r50_90e_imagenet_lt.py']

train_dataloader = dict(sampler=dict(type='ClassBalancedSampler', in_a_row=4))
model = dict(
    pretrained='work_dirs/cross_entropy/r50_90e_imagenet_lt/epoch_90.pth',
    pretrained_parts=('backbone',),
    backbone=dict(frozen_stages=4),  # all of it, batch norm in evaluation mode
)
train_cfg = dict(max_epochs=10)
