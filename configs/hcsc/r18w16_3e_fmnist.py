# HCSC (https://arxiv.org/abs/2202.00455) under protocol FM. python tools/train.py configs/hcsc/r18w16_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

model = dict(
    type='HCSC',
    pairs=[(0, 1)],  # one direction, as in the paper
    clusters=dict(type='ClusterTree', num_clusters=[1000, 500, 250]),
    proto_head=dict(type='ContrastiveHead', temperature=0.2),
)
default_hooks = dict(clustering=dict(type='ClusteringHook', warmup_epochs=1, temperature=0.2))
val_evaluator = test_evaluator = [dict(type='KNNMetric', k=200, temperature=0.1), dict(type='ClusterMetric')]
custom_hooks = [dict(type='KNNHook'), dict(type='ClusterAssignmentHook')]
