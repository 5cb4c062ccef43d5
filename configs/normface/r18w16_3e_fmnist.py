# NormFace (https://arxiv.org/abs/1704.06369), with labels, under protocol FM. python tools/train.py configs/normface/r18w16_3e_fmnist.py
_base_ = ['../cross_entropy/r18w16_3e_fmnist.py']

model = dict(head=dict(_delete_=True, type='NormFaceHead', in_channels=128, num_classes=10))
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'head': dict(decay_mult=0)}))
