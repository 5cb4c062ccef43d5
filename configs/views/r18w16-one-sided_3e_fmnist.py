# SimCLR (https://arxiv.org/abs/2002.05709), jitter in one view. python tools/train.py configs/views/r18w16-one-sided_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

plain = dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))
model = dict(data_preprocessor=dict(views=[plain, _base_.views[0]]))
