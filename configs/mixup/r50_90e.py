# mixup (https://arxiv.org/abs/1710.09412), ImageNet, published top-1 76.7. tools/dist_train.sh configs/mixup/r50_90e.py 8
_base_ = ['./r50_200e.py']

param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=True, end=5, convert_to_iter_based=True),
    dict(type='MultiStepLR', by_epoch=True, milestones=[30, 60, 80], gamma=0.1),
]
train_cfg = dict(max_epochs=90)
