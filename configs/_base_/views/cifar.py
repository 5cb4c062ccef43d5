# Views for 32 px colour images in memory: MoCo's CIFAR demo, SimCLR's recipe at strength 0.5 without blur.
# Used on the device: model = dict(data_preprocessor=dict(views=_base_.views)).
views = [
    dict(
        type='RandomView',
        size=32,
        crop_scale=(0.08, 1.0),
        jitter=(0.4, 0.4, 0.4, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
    )
] * 2
