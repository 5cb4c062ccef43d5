# Views of protocol FM, for 32 px grey images in memory: saturation, hue and grey leave them as they are.
# Used on the device: model = dict(data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3,
# views=_base_.views)).
views = [
    dict(
        type='RandomView',
        size=32,
        crop_scale=(0.2, 1.0),
        jitter=(0.4, 0.4, 0.4, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
    )
] * 2
