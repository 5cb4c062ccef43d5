# SimCLR v2 (https://arxiv.org/abs/2006.10029), all labels, top-1 76.3. tools/dist_train.sh configs/simclrv2/r50-100pct_30e.py 8
_base_ = ['./r50-10pct_30e.py']

train_dataloader = dict(dataset=dict(labelled=None))
