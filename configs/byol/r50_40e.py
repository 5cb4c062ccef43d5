# BYOL (https://arxiv.org/abs/2006.07733), ImageNet, the authors' 40-epoch preset. tools/dist_train.sh configs/byol/r50_40e.py 32
_base_ = ['./r50_300e.py']

model = dict(encoder=dict(momentum=0.97))
optim_wrapper = dict(optimizer=dict(lr=7.2))  # 0.45 x 4096 / 256
train_cfg = dict(max_epochs=40)
