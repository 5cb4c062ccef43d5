# SimCLR v2 (https://arxiv.org/abs/2006.10029), taught, with labels. tools/dist_train.sh configs/simclrv2/r50-distill-labels_400e.py 32
_base_ = ['./r50-distill_400e.py']

train_dataloader = dict(dataset=dict(labelled=dict(share=0.01)))  # those that the teacher was fine-tuned on
model = dict(head=dict(alpha=0.5))  # the paper gives no value
