# MoCHi's oracle (https://arxiv.org/abs/2010.01028), an analysis. tools/dist_train.sh configs/mochi/r50-oracle_200e_imagenet100.py 4
_base_ = ['./r50_200e_imagenet100.py']

model = dict(
    memory=dict(type='LabelledQueue'),
    negatives=[
        dict(type='QueueNegatives'),
        dict(type='ClassOracle'),  # without this line: MoCHi, measured
        dict(
            type='MixedHardNegatives',
            num_hardest=1024,
            num_mixes=1024,
            num_query_mixes=128,
            start_epoch=10,
            measure_every=50,
        ),
    ],
)
