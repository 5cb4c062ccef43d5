# MoCHi (https://arxiv.org/abs/2010.01028), ImageNet-100, linear top-1 79.0. tools/dist_train.sh configs/mochi/r50_200e_imagenet100.py 4
_base_ = ['../mocov2/r50_200e.py']

# data/imagenet100: train and val with the 100 classes of CMC, in ImageNet's layout
train_dataloader = dict(batch_size=32, dataset=dict(data_root='data/imagenet100'))  # 4 devices x 32
val_dataloader = dict(dataset=dict(data_root='data/imagenet100'))
test_dataloader = val_dataloader
model = dict(
    encoder=dict(bn_splits=4),
    memory=dict(size=16384),
    negatives=[
        dict(type='QueueNegatives'),
        dict(
            type='MixedHardNegatives', num_hardest=1024, num_mixes=1024, num_query_mixes=128, start_epoch=10
        ),
    ],
)
auto_scale_lr = dict(base_batch_size=128)
