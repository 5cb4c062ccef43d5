# PIRL (https://arxiv.org/abs/1912.01991), ImageNet, VISSL's linear top-1 62.9. tools/dist_train.sh configs/pirl/r50_200e.py 32
_base_ = ['./r50_800e.py']

train_cfg = dict(max_epochs=200)
