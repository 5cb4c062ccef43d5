# PCL (https://arxiv.org/abs/2005.04966) under protocol FM. python tools/train.py configs/pcl/r18w16_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

model = dict(
    type='PCL',
    pairs=[(0, 1)],  # one direction, as in the paper
    clusters=dict(type='ClusterMemory', num_clusters=[250, 500, 1000]),
    proto_head=dict(type='ContrastiveHead', temperature=0.2),
    num_negatives=1024,
)
default_hooks = dict(clustering=dict(type='ClusteringHook', warmup_epochs=1, temperature=0.2))
val_evaluator = test_evaluator = [dict(type='KNNMetric', k=200, temperature=0.1), dict(type='ClusterMetric')]
custom_hooks = [dict(type='KNNHook'), dict(type='ClusterAssignmentHook')]
