# Cross-entropy (https://arxiv.org/abs/1512.03385), FM-LT. python tools/train.py configs/cross_entropy/r18w16_12e_fmnist_lt.py
_base_ = ['./r18w16_3e_fmnist.py']

train_dataloader = dict(dataset=dict(long_tail=dict(imbalance=100)))  # 14,886 images, 6,000 to 60 a class
shots = (200, 1000)
val_evaluator = [
    dict(type='KNNMetric', k=200, temperature=0.1, shots=shots),
    dict(type='ClassifierAccuracy', shots=shots),
]
test_evaluator = val_evaluator
custom_hooks = [dict(type='KNNHook'), dict(type='ClassCountHook')]
train_cfg = dict(max_epochs=12, val_interval=12)  # the steps of protocol FM
