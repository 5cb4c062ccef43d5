# DeepCluster-v2 (https://arxiv.org/abs/2006.09882), linear 70.2. tools/dist_train.sh configs/deepcluster_v2/r50-2x224_400e.py 64
_base_ = ['./r50_800e.py']

colours = dict(jitter=(0.8, 0.8, 0.8, 0.2), jitter_prob=0.8, grey_prob=0.2, blur_prob=0.5)
views = [dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), **colours)] * 2
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=views),
    dict(type='PackViews'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(num_views=2)
train_cfg = dict(max_epochs=400)
