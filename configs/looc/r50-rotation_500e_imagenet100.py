# LooC, rotation left out (https://arxiv.org/abs/2008.05659). tools/dist_train.sh configs/looc/r50-rotation_500e_imagenet100.py 8
_base_ = ['./r50-colour_500e_imagenet100.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.rotation_pipeline))
