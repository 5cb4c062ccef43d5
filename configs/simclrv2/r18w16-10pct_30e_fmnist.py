# SimCLR v2 (https://arxiv.org/abs/2006.10029), 10 % of labels, FM. python tools/train.py configs/simclrv2/r18w16-10pct_30e_fmnist.py
_base_ = ['./r18w16-1pct_60e_fmnist.py']

train_dataloader = dict(dataset=dict(labelled=dict(share=0.1)))
train_cfg = dict(max_epochs=30, val_interval=30)
default_hooks = dict(checkpoint=dict(interval=30))
