# KCL (ICLR 2021; see https://arxiv.org/abs/2111.13998), with labels, FM. python tools/train.py configs/kcl/r18w16_3e_fmnist.py
_base_ = ['../supcon/r18w16-moco_3e_fmnist.py']

model = dict(negatives=[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'], num=6)])
