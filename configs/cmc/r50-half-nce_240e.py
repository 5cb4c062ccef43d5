# CMC (https://arxiv.org/abs/1906.05849), ImageNet, with NCE, authors' recipe. tools/dist_train.sh configs/cmc/r50-half-nce_240e.py 4
_base_ = ['./r50-half_200e.py']

train_dataloader = dict(batch_size=32)  # 4 devices x 32
model = dict(
    negatives=dict(type='BankNegatives', num=16384, per_anchor=True),
    head=dict(_delete_=True, type='NCEHead', temperature=0.07),
)
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[120, 160, 200], gamma=0.1)]
train_cfg = dict(max_epochs=240)
auto_scale_lr = dict(base_batch_size=128)
