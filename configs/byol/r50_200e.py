# BYOL (https://arxiv.org/abs/2006.07733), ImageNet, MMSelfSup: linear top-1 71.9. tools/dist_train.sh configs/byol/r50_200e.py 32
_base_ = ['./r50_300e.py']

train_cfg = dict(max_epochs=200)
