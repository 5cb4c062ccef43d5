# SimSiam (https://arxiv.org/abs/2011.10566), ImageNet, published linear top-1 71.3. tools/dist_train.sh configs/simsiam/r50_800e.py 8
_base_ = ['./r50_100e.py']

train_cfg = dict(max_epochs=800)
