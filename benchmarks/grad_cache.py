"""GradCache against the plain big batch: peak memory and time of a training step, in the same run.

    python benchmarks/grad_cache.py [--batch 256] [--chunk 32] [--side 64]

SimCLR with a ResNet-50, fp32, SGD. Every case runs in a process of its own, since a process's peak never falls again; the cases take
turns. ``peak`` is how far the step raised the process's resident memory above what it held before (on a GPU: allocated memory);
``seconds`` is the least CPU time of a step on CPUs, and the least wall time on a GPU.
"""

import argparse
import time

import torch
from timing import grown_mib, in_own_process, run_child_or


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--batch', type=int, default=256, help='images, of two views each')
    parser.add_argument('--chunk', type=int, default=32, help='images through the network at once')
    parser.add_argument('--side', type=int, default=64, help='pixels')
    parser.add_argument('--depth', type=int, default=50, help='of the ResNet')
    parser.add_argument('--rounds', type=int, default=2, help='turns that each case takes')
    parser.add_argument('--threads', type=int, default=torch.get_num_threads(), help='CPU threads')
    return parser.parse_args()


def step(batch: int, chunk: int, side: int, depth: int) -> dict:
    """Two steps with chunks of ``chunk`` images (0: plain), the first of which warms up; what they took."""
    from mmengine.model import revert_sync_batchnorm
    from mmengine.registry import init_default_scope
    from mmpretrain.structures import DataSample

    import mmcl.engine  # noqa: F401
    from mmcl.registry import MODELS

    init_default_scope('mmcl')
    torch.manual_seed(0)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    channels = 2048 if depth >= 50 else 512
    cfg = dict(
        type='SimCLR',
        backbone=dict(type='ResNet', depth=depth, norm_cfg=dict(type='BN')),
        neck=dict(type='MLP', in_channels=channels, hidden_channels=2048, out_channels=128),
        encoder=dict(type='SharedPair', chunk_size=chunk or None),
        head=dict(type='ContrastiveHead', temperature=0.1),
    )
    model = revert_sync_batchnorm(MODELS.build(cfg)).to(device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    shape = (batch, 3, side, side)
    views = [torch.randn(shape, device=device).to(memory_format=torch.channels_last) for _ in range(2)]
    samples = [DataSample(metainfo=dict(sample_idx=i)) for i in range(batch)]
    clock = time.perf_counter if device == 'cuda' else time.process_time
    seconds = []

    def steps() -> None:
        for _ in range(2):
            start = clock()
            losses = model(views, samples, mode='loss')
            sum(value for name, value in losses.items() if 'loss' in name).backward()
            optimizer.step()
            optimizer.zero_grad()
            if device == 'cuda':
                torch.cuda.synchronize()
            seconds.append(clock() - start)

    peak = grown_mib(steps, device)
    device = torch.cuda.get_device_name() if device == 'cuda' else f'{torch.get_num_threads()} CPU thread(s)'
    return dict(device=device, peak=peak, seconds=min(seconds))


def main() -> None:
    """Let the cases take turns and print the table."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    results = {0: [], args.chunk: []}
    for _ in range(args.rounds):
        for chunk, runs in results.items():
            runs.append(in_own_process(__file__, args.batch, chunk, args.side, args.depth))
    device = results[0][0]['device']
    print(f'batch {args.batch} x 2 views, {args.side} px, ResNet-{args.depth}, {device}')
    plain = None
    for case, runs in results.items():
        peak, seconds = min(run['peak'] for run in runs), min(run['seconds'] for run in runs)
        plain = plain or (peak, seconds)
        name = f'chunks of {case}' if case else 'plain'
        print(
            f'{name:>14}: peak {peak:8.0f} MiB ({peak / plain[0]:.2f}), {seconds:7.2f} s a step ({seconds / plain[1]:.2f})'
        )


if __name__ == '__main__':
    run_child_or(main, step)
