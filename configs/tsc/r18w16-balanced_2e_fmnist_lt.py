# TSC (https://arxiv.org/abs/2111.13998), stage 2, FM-LT. python tools/train.py configs/tsc/r18w16-balanced_2e_fmnist_lt.py
_base_ = ['../cross_entropy/r18w16-balanced_2e_fmnist_lt.py']

model = dict(pretrained='work_dirs/tsc/r18w16_12e_fmnist_lt/epoch_12.pth')
