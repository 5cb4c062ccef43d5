# SwAV (https://arxiv.org/abs/2006.09882), ImageNet, published linear top-1 75.3. tools/dist_train.sh configs/swav/r50_800e.py 64
_base_ = ['./r50_200e.py']

train_cfg = dict(max_epochs=800)
