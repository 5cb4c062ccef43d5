# Cross-entropy (https://arxiv.org/abs/1906.07413), CIFAR-100-LT, 38.3. python tools/train.py configs/cross_entropy/r32_200e_cifar100_lt.py
_base_ = ['./r32_200e_cifar10_lt.py']

train_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))  # 10,847 images
val_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
test_dataloader = val_dataloader
model = dict(
    data_preprocessor=dict(mean=[129.285, 124.0085, 112.4295], std=[68.2125, 65.4075, 70.4055]),
    head=dict(num_classes=100),
)
val_evaluator = dict(shots=(20, 100))
test_evaluator = val_evaluator
