# SimCLR (https://arxiv.org/abs/2002.05709), ImageNet, published linear top-1 69.3. tools/dist_train.sh configs/simclr/r50_1000e.py 32
_base_ = ['./r50_100e.py']

train_cfg = dict(max_epochs=1000)
