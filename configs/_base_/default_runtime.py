# What every run has: exact resume, atomic checkpoints, a stop at NaN, one log line every 50 iterations, JSON scalars beside the log.
default_scope = 'mmcl'
default_hooks = dict(
    runtime_info=dict(type='DeferredInfoHook'),
    nan=dict(type='StopOnNaNHook'),
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='SafeCheckpointHook', interval=1, max_keep=3, save_best='knn/top1'),
    sampler_seed=None,  # the loop sets the sampler's epoch
    report=dict(type='ReportHook', validate_first=False),
)
log_processor = dict(type='ThroughputLogProcessor', window_size=20)
log_level = 'INFO'
visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(timeout=1800),
)
randomness = dict(seed=0)
load_from = None
resume = False
