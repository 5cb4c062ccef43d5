# LooC (https://arxiv.org/abs/2008.05659) under protocol FM. python tools/train.py configs/looc/r18w16_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

view = dict(size=32, crop_scale=(0.2, 1.0), jitter=(0.4, 0.4, 0.4, 0.1), jitter_prob=0.8, grey_prob=0.2)
views = [  # a query, and keys that share nothing, the colours and the turn with it
    dict(type='RandomView', rotate=True, **view),
    dict(type='RelatedView', rotate=True, differs=['rotation'], **view),
    dict(type='RelatedView', rotate=True, shares=['colour'], differs=['rotation'], **view),
    dict(type='RelatedView', rotate=True, shares=['rotation'], **view),
]
model = dict(
    _delete_=True,
    type='LooC',
    num_left_out=2,
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=views),
    backbone=_base_.model.backbone,
    neck=dict(type='SpaceNecks', necks=[_base_.model.neck] * 3),
    encoder=_base_.model.encoder,
    memory=dict(type='SpaceQueues', num_spaces=3, size=4096, dim=128),
    negatives=dict(type='QueueNegatives'),
    head=_base_.model.head,
)
