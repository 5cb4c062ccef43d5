# Deep InfoMax (https://arxiv.org/abs/1808.06670), InfoNCE, STL-10. python tools/train.py configs/deep_infomax/conv-infonce_200e_stl10.py
_base_ = ['./conv-local_200e_stl10.py']

model = dict(head=dict(estimator='infonce'))
