# NormFace (https://arxiv.org/abs/1704.06369), ImageNet, no published number. tools/dist_train.sh configs/normface/r50_90e.py 8
_base_ = ['../cross_entropy/r50_90e.py']

model = dict(head=dict(_delete_=True, type='NormFaceHead', in_channels=2048, num_classes=1000))
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'head': dict(decay_mult=0)}))
