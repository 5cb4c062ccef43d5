# CMC's predictive baseline (https://arxiv.org/abs/1906.05849), FM. python tools/train.py configs/cmc/r18w16-predict_3e_fmnist.py
_base_ = ['./r18w16_3e_fmnist.py']

decoder = dict(type='MapDecoder', in_channels=64, out_channels=1, num_doublings=3)  # of 4 x 4
model = dict(
    _delete_=True,
    type='ViewPrediction',
    data_preprocessor=dict(type='ColorSpacePreprocessor', space='bands', views=[_base_.view]),
    backbone=dict(type='ViewBackbones', branches=[_base_.half, _base_.half], channels=[[0], [1]]),
    decoders=[decoder, decoder],
    head=dict(type='PixelHead', order=1),
)
