# Accuracy of a classifier on the evaluation's images after the epochs that train_cfg.val_interval says. The last epoch counts, not the
# best: choosing by these images would measure them twice. The config that uses this file adds val_dataloader and test_dataloader.
val_cfg = dict()
val_evaluator = dict(type='ClassifierAccuracy')
test_cfg = dict()
test_evaluator = val_evaluator
