# NPID (https://arxiv.org/abs/1805.01978), ImageNet, published linear 58.5. tools/dist_train.sh configs/npid/r50-ce65536_200e.py 8
_base_ = ['./r50_200e.py']

model = dict(
    negatives=dict(num=65536),  # 1 GiB of rows a device of 32 images; per_anchor=False takes 32 MiB
    head=dict(type='ContrastiveHead'),
)
