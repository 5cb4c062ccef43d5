# SimCLR v2 (https://arxiv.org/abs/2006.10029), 10 % labels, top-1 77.0. tools/dist_train.sh configs/simclrv2/r50-2x-sk-10pct_30e.py 8
_base_ = ['./r50-2x-sk-1pct_60e.py']

train_dataloader = dict(dataset=dict(labelled=dict(share=0.1)))
train_cfg = dict(max_epochs=30)
