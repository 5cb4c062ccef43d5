# mAP and cumulative matching of the evaluation's queries in its gallery after the epochs that train_cfg.val_interval says. The config that
# uses this file adds val_dataloader and test_dataloader.
val_cfg = dict()
val_evaluator = dict(type='ReIDMetric')
test_cfg = dict()
test_evaluator = val_evaluator
