# SimCLR (https://arxiv.org/abs/2002.05709), ImageNet, colours alone. tools/dist_train.sh configs/views/r50-colour_100e.py 32
_base_ = ['../simclr/r50_100e.py', '../_base_/views/colour.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.colour_pipeline))
