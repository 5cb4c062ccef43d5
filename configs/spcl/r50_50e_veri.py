# SpCL (https://arxiv.org/abs/2006.02713), VeRi-776, mAP 36.9, rank-1 79.9. tools/dist_train.sh configs/spcl/r50_50e_veri.py 4
_base_ = ['./r50_50e_market1501.py']

folders = dict(train='image_train', query='image_query', gallery='image_test')
view = dict(
    type='Compose',
    transforms=[
        dict(type='Resize', scale=(224, 224), interpolation='bicubic', backend='pillow'),
        dict(type='RandomFlip', prob=0.5, direction='horizontal'),
        dict(type='RandomCrop', crop_size=(224, 224), padding=10),
        dict(type='RandomErasing', erase_prob=0.5, mode='const', fill_color=(152, 142, 127)),
    ],
)
plain = [
    dict(type='LoadImage'),
    dict(type='Resize', scale=(224, 224), interpolation='bicubic', backend='pillow'),
    dict(type='PackViews'),
]
train_dataloader = dict(
    sampler=dict(length=51200),  # 800 batches
    dataset=dict(
        data_root='data/veri',
        folders=folders,
        pipeline=[dict(type='LoadImage'), dict(type='MultiView', views=[view]), dict(type='PackViews')],
    ),
)
val_dataloader = dict(dataset=dict(data_root='data/veri', folders=folders, pipeline=plain))
test_dataloader = val_dataloader
custom_hooks = [dict(type='SelfPacedHook', pipeline=plain)]
