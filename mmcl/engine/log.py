"""What the log says while training, and what it does not."""

import logging
from typing import Tuple

from mmengine.logging import MMLogger
from mmengine.runner import LogProcessor, Runner

from mmcl.registry import LOG_PROCESSORS

from .time_split import percentages

# MMEngine says these at every start or every epoch; what a reader looks for drowns in them.
_NOISE = ('Hooks will be executed in the following order', 'Exp name: ', 'Distributed training is not used')
_LONGEST_HISTORY = 10_000  # iterations; MMEngine's million would fill checkpoints and is copied at every step


def _is_signal(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_NOISE)


def quiet(logger: MMLogger) -> MMLogger:
    """Leave MMEngine's tables out of a logger, unless it is at level DEBUG."""
    if all(handler.level > logging.DEBUG for handler in logger.handlers):
        logger.addFilter(_is_signal)
    return logger


def flush_hooks(runner: Runner) -> None:
    """Let the hooks that put work off (``flush``) do it: somebody is about to read or to save."""
    for hook in runner.hooks:
        if hasattr(hook, 'flush'):
            hook.flush(runner)


@LOG_PROCESSORS.register_module()
class ThroughputLogProcessor(LogProcessor):
    """MMEngine's log line with images a second, over all processes, and where the time goes; over the window of the other averages.

    Beside the text, ``seconds/data`` ... ``seconds/hooks`` are those of an iteration, see :class:`~mmcl.engine.time_split.StepClock`.
    Arguments are those of ``LogProcessor``.
    """

    def get_log_after_iter(self, runner, batch_idx: int, mode: str) -> Tuple[dict, str]:
        """Format the line of an iteration."""
        flush_hooks(runner)
        tag, text = super().get_log_after_iter(runner, batch_idx, mode)
        if mode == 'train':
            images = runner.train_dataloader.batch_size * runner.world_size
            tag['images/s'] = images / max(
                runner.message_hub.get_scalar('train/time').mean(self.window_size), 1e-9
            )
            text += f'  images/s: {tag["images/s"]:.0f}'
            seconds = runner.clock.seconds() if getattr(runner, 'clock', None) else {}
            if seconds:
                tag.update({f'seconds/{part}': value for part, value in seconds.items()})
                text += ' '.join(['  split:', *(f'{part} {n}%' for part, n in percentages(seconds).items())])
            for history in runner.message_hub.log_scalars.values():
                history.max_length = _LONGEST_HISTORY
        return tag, text
