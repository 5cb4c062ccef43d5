# LooC, colour and rotation (https://arxiv.org/abs/2008.05659), ImageNet-100. tools/dist_train.sh configs/looc/r50_500e_imagenet100.py 8
_base_ = ['./r50-colour_500e_imagenet100.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.colour_rotation_pipeline))
model = dict(num_left_out=2, neck=dict(necks=[_base_.neck] * 3), memory=dict(num_spaces=3))
