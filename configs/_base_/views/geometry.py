# Geometry alone: crop and flip, colours as they are (rotation prediction, https://arxiv.org/abs/1803.07728; an ablation of SimCLR's views).
geometry_views = [dict(type='RandomView', size=224, crop_scale=(0.08, 1.0))] * 2
geometry_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=geometry_views),
    dict(type='PackViews'),
]
