# BYOL's two views (https://arxiv.org/abs/2006.07733, appendix B) at 32 px, no blur: the second is solarised.
# Used on the device: model = dict(data_preprocessor=dict(views=_base_.views)).
views = [
    dict(
        type='RandomView',
        size=32,
        crop_scale=(0.08, 1.0),
        interpolation='bicubic',
        jitter=(0.4, 0.4, 0.2, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
    ),
    dict(
        type='RandomView',
        size=32,
        crop_scale=(0.08, 1.0),
        interpolation='bicubic',
        jitter=(0.4, 0.4, 0.2, 0.1),
        jitter_prob=0.8,
        grey_prob=0.2,
        solarize_prob=0.2,
        solarize_threshold=128,
    ),
]
