"""torchrun without its traceback where a tool has already said what is wrong (exit code 2)."""

import logging
import sys

from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import main

if __name__ == '__main__':
    # The processes print their own errors; the agent's lines about signals and exit codes come on top of them.
    logging.getLogger('torch.distributed.elastic.multiprocessing.api').setLevel(logging.CRITICAL)
    try:
        main()
    except ChildFailedError as error:
        if 2 in {failure.exitcode for failure in error.failures.values()}:
            sys.exit(2)
        raise
