# MoCHi (https://arxiv.org/abs/2010.01028) with its oracle, an analysis with labels. tools/dist_train.sh configs/mochi/r50-oracle_200e.py 8
_base_ = ['../mocov2/r50_200e.py']

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
            start_epoch=15,
            measure_every=50,
        ),
    ],
)
