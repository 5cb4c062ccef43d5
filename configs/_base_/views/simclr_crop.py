# The view of SimCLR's fine-tuning and distillation (https://arxiv.org/abs/2006.10029): a crop and a flip.
views = [dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), interpolation='bicubic')]
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=views),
    dict(type='PackViews'),
]
