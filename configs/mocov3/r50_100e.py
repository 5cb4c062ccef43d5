# MoCo v3 (https://arxiv.org/abs/2104.02057), ImageNet, published linear top-1 68.9. tools/dist_train.sh configs/mocov3/r50_100e.py 32
_base_ = ['./r50_300e.py']

optim_wrapper = dict(optimizer=dict(lr=9.6))  # 0.6 x 4096 / 256
train_cfg = dict(max_epochs=100)
