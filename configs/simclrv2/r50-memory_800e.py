# SimCLR v2 (https://arxiv.org/abs/2006.10029), with its memory. tools/dist_train.sh configs/simclrv2/r50-memory_800e.py 32
# The paper's memory is a moving average of the network whose outputs are kept as further negatives; its code was not published. Here
# the keys of the step come from that network too, as in MoCo. About 1 point is said to be gained.
_base_ = ['./r50_800e.py']

model = dict(
    type='MoCo',
    encoder=dict(_delete_=True, type='EMAPair', momentum=0.999),
    pairs=[(0, 1), (1, 0)],
    memory=dict(type='FeatureQueue', size=65536, dim=128),
    negatives=[dict(type='BatchNegatives'), dict(type='QueueNegatives')],
)
default_hooks = dict(momentum=dict(type='MomentumHook'))
