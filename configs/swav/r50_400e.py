# SwAV (https://arxiv.org/abs/2006.09882), ImageNet, published linear top-1 74.6. tools/dist_train.sh configs/swav/r50_400e.py 64
_base_ = ['./r50_200e.py']

train_cfg = dict(max_epochs=400)
