# C-SimCLR (https://arxiv.org/abs/2109.12909), linear top-1 about 71.6. tools/dist_train.sh configs/compressive/r50_1000e.py 32
_base_ = ['./r50_300e.py']

optim_wrapper = dict(optimizer=dict(lr=3.2, weight_decay=1.5e-6))  # 0.2 x 4096 / 256
train_cfg = dict(max_epochs=1000)
