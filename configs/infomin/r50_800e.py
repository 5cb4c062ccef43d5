# InfoMin (https://arxiv.org/abs/2005.10243), ImageNet, published linear top-1 73.0. tools/dist_train.sh configs/infomin/r50_800e.py 8
_base_ = ['./r50_200e.py']

train_cfg = dict(max_epochs=800)
