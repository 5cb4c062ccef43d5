# MoCo v3, learned patches (https://arxiv.org/abs/2104.02057). tools/dist_train.sh configs/mocov3/vit-s-learned-patch_300e.py 32
_base_ = ['./vit-s_300e.py']

model = dict(backbone=dict(stop_grad_conv1=False))
