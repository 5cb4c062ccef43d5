# MoCHi (https://arxiv.org/abs/2010.01028) with its oracle, FM. python tools/train.py configs/mochi/r18w16-oracle_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

model = dict(
    memory=dict(type='LabelledQueue'),
    negatives=[
        dict(type='QueueNegatives'),
        dict(type='ClassOracle'),  # without this line: MoCHi, measured
        dict(
            type='MixedHardNegatives',
            num_hardest=256,
            num_mixes=64,
            num_query_mixes=16,
            start_epoch=1,
            measure_every=10,
        ),
    ],
)
