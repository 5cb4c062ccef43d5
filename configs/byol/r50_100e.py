# BYOL (https://arxiv.org/abs/2006.07733), ImageNet, the authors' 100-epoch preset. tools/dist_train.sh configs/byol/r50_100e.py 32
_base_ = ['./r50_300e.py']

optim_wrapper = dict(optimizer=dict(lr=7.2))  # 0.45 x 4096 / 256
train_cfg = dict(max_epochs=100)
