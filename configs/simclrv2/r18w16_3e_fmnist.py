# SimCLR v2 (https://arxiv.org/abs/2006.10029), pre-training, protocol FM. python tools/train.py configs/simclrv2/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(neck=dict(num_layers=3))
