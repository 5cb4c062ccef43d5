# i-Mix MoCo v2 (https://arxiv.org/abs/2010.08887), ImageNet, linear top-1 71.3. tools/dist_train.sh configs/imix/r50-mocov2_800e.py 8
_base_ = ['../mocov2/r50_200e.py']

train_dataloader = dict(batch_size=64)  # 8 devices x 64
model = dict(
    data_preprocessor=dict(type='MixingPreprocessor', mixing=dict(type='CutMixViews', alpha=1.0)),
    pairs=[(2, 1)],
    positives=dict(type='MixedPositives'),
    negatives=[dict(type='QueueNegatives'), dict(type='BatchNegatives', views='key')],
)
optim_wrapper = dict(optimizer=dict(lr=0.06))  # 0.03 x 512 / 256
param_scheduler = [
    dict(type='WarmupCosineLR', warmup=10, end_lr=6e-5, by_epoch=True, convert_to_iter_based=True)
]
auto_scale_lr = dict(base_batch_size=512)
train_cfg = dict(max_epochs=800)
