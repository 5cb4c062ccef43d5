# C-BYOL (https://arxiv.org/abs/2109.12909), linear top-1 about 73.6. tools/dist_train.sh configs/compressive/r50-byol_300e.py 32
_base_ = ['../byol/r50_300e.py']

model = dict(
    type='CBYOL',
    head=dict(
        _delete_=True,
        type='CompressiveLatentHead',
        dim=256,
        hidden_channels=4096,
        encoder_concentration=16384.0,
        backward_concentration=10.0,
        beta=1.0,
        loss_weight=5.0,
        init='lecun',
    ),
)
optim_wrapper = dict(optimizer=dict(lr=5.6))  # 0.35 x 4096 / 256
