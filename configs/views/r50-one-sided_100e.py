# SimCLR (https://arxiv.org/abs/2002.05709), ImageNet, colours in one view. tools/dist_train.sh configs/views/r50-one-sided_100e.py 32
_base_ = ['../simclr/r50_100e.py', '../_base_/views/one_sided.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.one_sided_pipeline))
