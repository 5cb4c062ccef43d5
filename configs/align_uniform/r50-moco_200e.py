# Align-uniform (https://arxiv.org/abs/2005.10242), MoCo, linear 67.69. tools/dist_train.sh configs/align_uniform/r50-moco_200e.py 8
_base_ = ['../mocov2/r50_200e.py']

model = dict(head=dict(_delete_=True, type='QueueAlignUniformHead', align=3.0, uniform=1.0, alpha=2.0, t=3.0))
