# SupCon (https://arxiv.org/abs/2004.11362), stage 2, FM-LT. python tools/train.py configs/supcon/r18w16-balanced_2e_fmnist_lt.py
_base_ = ['../cross_entropy/r18w16-balanced_2e_fmnist_lt.py']

model = dict(pretrained='work_dirs/supcon/r18w16_12e_fmnist_lt/epoch_12.pth')
