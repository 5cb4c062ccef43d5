# PIRL with MLP heads (https://arxiv.org/abs/1912.01991), ImageNet, VISSL: 69.9. tools/dist_train.sh configs/pirl/r50-mlp_800e.py 32
_base_ = ['./r50-mlp_200e.py']

train_cfg = dict(max_epochs=800)
