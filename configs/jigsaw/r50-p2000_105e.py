# Jigsaw (https://arxiv.org/abs/1603.09246), ImageNet, P = 2000, linear top-1 46.7. tools/dist_train.sh configs/jigsaw/r50-p2000_105e.py 8
_base_ = ['./r50_105e.py']

model = dict(num_permutations=2000, head=dict(num_classes=2000))
