# The fixed view of evaluation: shorter side 256, centre 224.
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizeCenterCrop', resize=256, crop=224, interpolation='bilinear'),
    dict(type='PackViews'),
]
