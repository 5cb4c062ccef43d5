# LooC++, colour and rotation (https://arxiv.org/abs/2008.05659). tools/dist_train.sh configs/looc/r50-plus_500e_imagenet100.py 8
_base_ = ['./r50_500e_imagenet100.py']

model = dict(
    features_from='hidden'
)  # the same training; evaluation reads the spaces' hidden layers side by side
