"""What the time split of the log costs: training iterations with the clock and without, in turns in one process.

    python benchmarks/time_split.py [--rounds 40] [--iterations 5]

SimCLR of protocol FM, narrowed until an iteration is so short that it overstates the cost: real ones are longer, and the clock's
work is the same. Turns with and without are compared by their median CPU seconds (on a GPU: wall seconds), beside turns without against
turns without, which is the noise. The clock's own work is measured alone as well, since it is far below that noise.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--rounds', type=int, default=40, help='turns of each kind')
    parser.add_argument('--iterations', type=int, default=5, help='in a turn')
    parser.add_argument('--batch', type=int, default=32)
    return parser.parse_args()


def build(batch: int, folder: str):
    """A runner in its first epoch, and a batch."""
    import numpy as np
    import torch
    from mmengine.config import Config

    import mmcl.datasets
    from mmcl.engine.runner import ContrastiveRunner
    from mmcl.registry import DATASETS
    from mmcl.utils.validation import drop_validation

    @DATASETS.register_module()
    class RandomImages(mmcl.datasets.array_dataset.ArrayDataset):
        """Grey noise."""

        def load_arrays(self):
            images = np.random.default_rng(0).integers(0, 256, (1000 * batch, 32, 32, 1), dtype=np.uint8)
            return images, np.zeros(len(images), dtype=np.int64)

    cfg = Config.fromfile(ROOT / 'configs/simclr/r18w16_3e_fmnist.py')
    cfg.model.backbone.update(base_channels=4, stem_channels=4)
    cfg.model.neck.update(in_channels=32, hidden_channels=32, out_channels=32)
    drop_validation(cfg)
    cfg.work_dir = folder
    cfg.train_dataloader.dataset = dict(type='RandomImages', pipeline=[dict(type='PackViews')])
    cfg.train_dataloader.batch_size = batch
    cfg.log_level = 'ERROR'
    runner = ContrastiveRunner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    runner.param_schedulers = []
    runner.call_hook('before_run')
    runner.call_hook('before_train')
    runner.call_hook('before_train_epoch')
    runner.model.train()
    device = 'GPU' if torch.cuda.is_available() else f'{torch.get_num_threads()} CPU thread(s)'
    return runner, next(iter(runner.train_loop.dataloader)), device


def own_work(times: int = 5000) -> float:
    """Seconds an iteration that the clock itself takes, on a CPU."""
    from types import SimpleNamespace

    import torch
    from torch import nn

    from mmcl.engine.time_split import StepClock

    class Nothing(nn.Module):
        def cast_data(self) -> None:
            pass

        def forward(self) -> None:
            self.cast_data()

    model = nn.Linear(1, 1)
    model.data_preprocessor, optim_wrapper = Nothing(), SimpleNamespace(backward=lambda: None)

    def iterations(clock) -> float:
        start = time.process_time()
        for number in range(times):
            if clock:
                clock.before('before_train_iter')
                clock.after('before_train_iter')
            model.data_preprocessor.forward()
            optim_wrapper.backward()
            if clock:
                clock.before('after_train_iter')
                clock.after('after_train_iter')
                if number % 50 == 0:  # as often as the log asks
                    clock.seconds()
        return time.process_time() - start

    with torch.no_grad():
        without = iterations(None)
        return (iterations(StepClock(model, optim_wrapper, window=20)) - without) / times


def main() -> None:
    """Take the turns and print what they took."""
    args = parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runner, batch, device = build(args.batch, folder)
        clock = runner.clock
        import torch

        on_gpu = torch.cuda.is_available()

        def turn(timed: bool) -> float:
            # a clock that was stopped leaves model and optimizer as they are without one
            if timed:
                runner.clock = type(clock)(runner.model, runner.optim_wrapper, 20)
                runner.clock.after('before_train_epoch')
            now = time.perf_counter if on_gpu else time.process_time
            start = now()
            for _ in range(args.iterations):
                runner.train_loop.run_iter(runner.iter, batch)
            if on_gpu:
                torch.cuda.synchronize()
            seconds = now() - start
            if timed:
                runner.clock.stop()
                runner.clock = None
            return seconds

        clock.stop()
        runner.clock = None
        for _ in range(3):
            turn(False)
        plain, again, timed = [], [], []
        for number in range(args.rounds):
            turns = [(plain, False), (timed, True), (again, False)]
            for results, kind in turns if number % 2 else turns[::-1]:
                results.append(turn(kind))
    middle = {
        name: statistics.median(values)
        for name, values in dict(plain=plain, timed=timed, again=again).items()
    }
    print(f'an iteration of batch {args.batch}: {middle["plain"] / args.iterations * 1e3:.2f} ms on {device}')
    print(f'with the clock: x {2 * middle["timed"] / (middle["plain"] + middle["again"]):.4f}')
    work = own_work()
    print(f"the clock's own work: {work * 1e6:.1f} us, x {1 + work * args.iterations / middle['plain']:.5f}")
    print(f'without, against without: x {middle["again"] / middle["plain"]:.4f}')


if __name__ == '__main__':
    main()
