# VICReg, no variance term (https://arxiv.org/abs/2105.04906), collapses. tools/dist_train.sh configs/vicreg/r50-no-variance_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(head=dict(variance=0.0))
