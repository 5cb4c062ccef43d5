# SpCL (https://arxiv.org/abs/2006.02713), PersonX to Market, mAP 73.8. tools/dist_train.sh configs/spcl/r50-personx_50e_market1501.py 4
_base_ = ['./r50_50e_market1501.py']

train_dataloader = dict(  # 4 devices x (16 of the source + 16 of the target)
    batch_size=32,
    sampler=dict(length=51200, domain_batch=32),
    dataset=dict(source_root='data/personx'),
)
model = dict(domain_norm=True)
auto_scale_lr = dict(base_batch_size=128)
