# Clusters against classes (NMI, AMI, ARI, accuracy of the best matching) after every evaluated epoch, for methods that cluster. The
# config that uses this file adds val_dataloader and test_dataloader.
val_cfg = dict()
val_evaluator = dict(type='ClusterMetric')
test_cfg = dict()
test_evaluator = val_evaluator
custom_hooks = [dict(type='ClusterAssignmentHook')]
