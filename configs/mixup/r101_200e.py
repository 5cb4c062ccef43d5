# mixup (https://arxiv.org/abs/1710.09412), ImageNet, ResNet-101, published top-1 79.2. tools/dist_train.sh configs/mixup/r101_200e.py 8
_base_ = ['./r50_200e.py']

model = dict(backbone=dict(depth=101))
