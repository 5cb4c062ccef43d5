# MoCo v3 (https://arxiv.org/abs/2104.02057), ImageNet, published linear top-1 74.6. tools/dist_train.sh configs/mocov3/r50_1000e.py 32
_base_ = ['./r50_300e.py']

model = dict(encoder=dict(momentum=0.996))
optim_wrapper = dict(optimizer=dict(weight_decay=1.5e-6))
train_cfg = dict(max_epochs=1000)
