# Align-uniform (https://arxiv.org/abs/2005.10242), MoCo, FM. python tools/train.py configs/align_uniform/r18w16-moco_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

model = dict(head=dict(_delete_=True, type='QueueAlignUniformHead'))
