# SimSiam, one vector as predictor (https://arxiv.org/abs/2203.16262). python tools/train.py configs/simsiam/r18w16-bias_3e_fmnist.py
_base_ = ['./r18w16_3e_fmnist.py']

model = dict(predictor=dict(_delete_=True, type='BiasPredictor', channels=512))
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={'predictor': dict(fixed_lr=True, decay_mult=0.0)}),
)
custom_hooks = [dict(type='KNNHook'), dict(type='CenterResidualHook', interval=10)]
