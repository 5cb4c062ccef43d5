# VICReg (https://arxiv.org/abs/2105.04906), ImageNet, published linear top-1 68.6. tools/dist_train.sh configs/vicreg/r50_100e.py 8
_base_ = ['./r50_1000e.py']

train_dataloader = dict(batch_size=64)  # 8 devices x 64
optim_wrapper = dict(optimizer=dict(lr=0.6))  # 0.3 x 512 / 256
param_scheduler = [
    dict(type='WarmupCosineLR', warmup=10, end_lr=0.0006, by_epoch=True, convert_to_iter_based=True)
]
auto_scale_lr = dict(base_batch_size=512)
train_cfg = dict(max_epochs=100)
