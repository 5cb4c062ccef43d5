# CMC's predictive baseline (https://arxiv.org/abs/1906.05849), ImageNet. tools/dist_train.sh configs/cmc/r50-half-predict_200e.py 8
_base_ = ['./r50-half_200e.py']

model = dict(
    _delete_=True,
    type='ViewPrediction',
    data_preprocessor=dict(type='ColorSpacePreprocessor', space='lab'),
    backbone=dict(
        type='ViewBackbones',
        branches=[{**_base_.half, 'in_channels': 1}, {**_base_.half, 'in_channels': 2}],
        channels=[[0], [1, 2]],  # L | ab
    ),
    decoders=[  # 28 x 28 of 224
        dict(type='MapDecoder', in_channels=1024, out_channels=1, num_doublings=2),
        dict(type='MapDecoder', in_channels=1024, out_channels=2, num_doublings=2),
    ],
    head=dict(type='PixelHead', order=1),
)
