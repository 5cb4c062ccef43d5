# SwAV (https://arxiv.org/abs/2006.09882), ImageNet, batch 256, linear top-1 74.3. tools/dist_train.sh configs/swav/r50-b256_400e.py 4
_base_ = ['./r50-b256_200e.py']

train_cfg = dict(max_epochs=400)
