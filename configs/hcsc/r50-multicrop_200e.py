# HCSC (https://arxiv.org/abs/2202.00455), multi-crop, linear top-1 73.3. tools/dist_train.sh configs/hcsc/r50-multicrop_200e.py 8
_base_ = ['./r50_200e.py']

colours = dict(jitter=(0.4, 0.4, 0.4, 0.1), jitter_prob=0.8, grey_prob=0.2, blur_prob=0.5)
views = [  # the query, the key of all, and four further queries
    dict(type='RandomView', size=224, crop_scale=(0.2, 1.0), **colours),
    dict(type='RandomView', size=224, crop_scale=(0.2, 1.0), **colours),
    dict(type='RandomView', size=192, crop_scale=(0.172, 0.86), **colours),
    dict(type='RandomView', size=160, crop_scale=(0.143, 0.715), **colours),
    dict(type='RandomView', size=128, crop_scale=(0.114, 0.571), **colours),
    dict(type='RandomView', size=96, crop_scale=(0.086, 0.429), **colours),
]
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=views),
    dict(type='PackViews'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(pairs=[(0, 1), (2, 1), (3, 1), (4, 1), (5, 1)])
