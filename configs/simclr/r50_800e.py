# SimCLR (https://arxiv.org/abs/2002.05709), ImageNet, MMSelfSup: linear top-1 69.2. tools/dist_train.sh configs/simclr/r50_800e.py 32
_base_ = ['./r50_100e.py']

train_cfg = dict(max_epochs=800)
