# BYOL (https://arxiv.org/abs/2006.07733), ImageNet, published linear top-1 74.3. tools/dist_train.sh configs/byol/r50_1000e.py 32
_base_ = ['./r50_300e.py']

model = dict(encoder=dict(momentum=0.996))
optim_wrapper = dict(optimizer=dict(lr=3.2, weight_decay=1.5e-6))  # 0.2 x 4096 / 256
train_cfg = dict(max_epochs=1000)
