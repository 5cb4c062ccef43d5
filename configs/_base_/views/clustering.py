# The fixed view that PCL (https://arxiv.org/abs/2005.04966) clusters: shorter side 256, centre 224.
clustering_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizeCenterCrop', resize=256, crop=224, interpolation='bilinear'),
    dict(type='PackViews'),
]
