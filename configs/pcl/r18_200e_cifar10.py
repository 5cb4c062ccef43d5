# PCL (https://arxiv.org/abs/2005.04966) on CIFAR-10. python tools/train.py configs/pcl/r18_200e_cifar10.py
_base_ = ['../mocov2/r18_200e_cifar10.py']

model = dict(
    type='PCL',
    clusters=dict(type='ClusterMemory', num_clusters=[250, 500, 1000]),
    proto_head=dict(type='ContrastiveHead', temperature=0.1),
    num_negatives=1024,
)
default_hooks = dict(clustering=dict(type='ClusteringHook', warmup_epochs=20, temperature=0.1, nredo=5))
