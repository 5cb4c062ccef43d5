# VICReg, no covariance term (https://arxiv.org/abs/2105.04906), linear 57.5. tools/dist_train.sh configs/vicreg/r50-no-covariance_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(head=dict(covariance=0.0))
