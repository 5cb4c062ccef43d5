# CPC v2 (https://arxiv.org/abs/1905.09272), ImageNet, published linear top-1 71.5. tools/dist_train.sh configs/cpc/r161_500e.py 32
_base_ = ['./r50_500e.py']

model = dict(
    backbone=dict(blocks=(3, 4, 46), channels=(256, 512, 4096), widths=(64, 128, 512)),
    neck=dict(in_channels=4096),
    predictor=dict(in_channels=4096),
)
