# Align-uniform (https://arxiv.org/abs/2005.10242), linear 77.66. tools/dist_train.sh configs/align_uniform/r50-moco_200e_imagenet100.py 4
_base_ = ['../mocov2/r50_200e.py']

# data/imagenet100: train and val with the 100 classes of CMC, in ImageNet's layout
train_dataloader = dict(batch_size=32, dataset=dict(data_root='data/imagenet100'))  # 4 devices x 32
val_dataloader = dict(dataset=dict(data_root='data/imagenet100'))
test_dataloader = val_dataloader
model = dict(
    encoder=dict(bn_splits=4),
    head=dict(_delete_=True, type='QueueAlignUniformHead', align=3.0, uniform=1.0, alpha=2.0, t=3.0),
)
auto_scale_lr = dict(base_batch_size=128)
