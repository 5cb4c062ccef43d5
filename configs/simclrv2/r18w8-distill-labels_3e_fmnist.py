# SimCLR v2 (https://arxiv.org/abs/2006.10029), with labels. python tools/train.py configs/simclrv2/r18w8-distill-labels_3e_fmnist.py
_base_ = ['./r18w8-distill_3e_fmnist.py']

train_dataloader = dict(dataset=dict(labelled=dict(share=0.01)))  # those that the teacher was fine-tuned on
model = dict(head=dict(alpha=0.5))  # the paper gives no value
