# SupCon (https://arxiv.org/abs/2004.11362), with labels, under protocol FM. python tools/train.py configs/supcon/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(
    negatives=[dict(type='BatchNegatives'), dict(type='ClassPositives')],
    head=dict(type='SupConHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=0.06))
