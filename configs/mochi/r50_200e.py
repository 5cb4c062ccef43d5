# MoCHi (https://arxiv.org/abs/2010.01028), ImageNet, published linear top-1 66.9 to 67.9. tools/dist_train.sh configs/mochi/r50_200e.py 8
_base_ = ['../mocov2/r50_200e.py']

model = dict(
    negatives=[
        dict(type='QueueNegatives'),
        dict(
            type='MixedHardNegatives', num_hardest=1024, num_mixes=1024, num_query_mixes=128, start_epoch=15
        ),
    ]
)
