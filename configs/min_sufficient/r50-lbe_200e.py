# Information (LBE) on SimCLR (https://arxiv.org/abs/2203.07004), ImageNet. tools/dist_train.sh configs/min_sufficient/r50-lbe_200e.py 4
_base_ = ['./r50_200e.py']

model = dict(
    encoder=dict(noise=0.1),
    regulariser=dict(_delete_=True, type='InformationHead', scale=80.0, weights=(1.0,), loss_weight=1.0),
)
