# C-BYOL (https://arxiv.org/abs/2109.12909), published linear top-1 75.6. tools/dist_train.sh configs/compressive/r50-byol_1000e.py 32
_base_ = ['./r50-byol_300e.py']

model = dict(encoder=dict(momentum=0.996), head=dict(loss_weight=2.0))
optim_wrapper = dict(optimizer=dict(lr=4.0, weight_decay=1.5e-6))  # 0.25 x 4096 / 256
train_cfg = dict(max_epochs=1000)
