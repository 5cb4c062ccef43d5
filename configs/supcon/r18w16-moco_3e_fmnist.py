# SupCon (https://arxiv.org/abs/2004.11362), with a queue, protocol FM. python tools/train.py configs/supcon/r18w16-moco_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

model = dict(
    neck=dict(last_norm=None),
    memory=dict(type='LabelledQueue'),
    negatives=[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'])],
    head=dict(type='SupConHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=0.06))
custom_hooks = [dict(type='FillQueueHook'), dict(type='KNNHook')]
