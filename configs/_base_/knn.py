# Weighted kNN (k 200, T 0.1) on unit backbone features after every epoch, by config only: the bank is the training
# set seen with the evaluation's view. The config that uses this file adds val_dataloader and test_dataloader.
val_cfg = dict()
val_evaluator = dict(type='KNNMetric', k=200, temperature=0.1)
test_cfg = dict()
test_evaluator = val_evaluator
custom_hooks = [dict(type='KNNHook')]
