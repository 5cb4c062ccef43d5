# SimCLR v2 (https://arxiv.org/abs/2006.10029), taught by R152, top-1 73.9. tools/dist_train.sh configs/simclrv2/r50-distill_400e.py 32
_base_ = ['./r152-3x-sk-distill_400e.py']

model = dict(
    backbone=dict(type='ResNet', depth=50, base_channels=64, stem_channels=64),
    head=dict(in_channels=2048, temperature=1.0),
    teacher=dict(  # the big network after its own distillation; without: r152-3x-sk-1pct_60e/epoch_60.pth and its neck
        type='Classifier',
        pretrained='work_dirs/simclrv2/r152-3x-sk-distill_400e/epoch_400.pth',
        pretrained_parts=('backbone', 'head'),
        neck=None,
    ),
)
