# SupCon (https://arxiv.org/abs/2004.11362), Fashion-MNIST-LT. python tools/train.py configs/supcon/r18w16_12e_fmnist_lt.py
_base_ = ['./r18w16_3e_fmnist.py']

train_dataloader = dict(dataset=dict(long_tail=dict(imbalance=100)))  # 14,886 images, 6,000 to 60 a class
val_evaluator = dict(shots=(200, 1000))
test_evaluator = val_evaluator
custom_hooks = [dict(type='KNNHook'), dict(type='ClassCountHook')]
train_cfg = dict(max_epochs=12, val_interval=12)  # the steps of protocol FM
