# SimCLR v2 (https://arxiv.org/abs/2006.10029), taught, top-1 75.9. tools/dist_train.sh configs/simclrv2/r50-2x-sk-distill_400e.py 32
_base_ = ['./r50-distill_400e.py']

model = dict(
    backbone=dict(type='SKResNet', base_channels=128, stem_channels=128),
    head=dict(in_channels=4096),
)
