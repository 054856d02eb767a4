"""The program: `python -m planner`, and the script `planner`."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from planner.cli.main import main


def run() -> NoReturn:
    """`main` as a process of its own, which is over before its garbage or its cores are worth looking after.

    Without these lines `planner size` takes 40 ms longer, of 110: the collector looks over all that is imported every
    700 objects and thrice again at the end (20 ms), and numpy's OpenBLAS starts a thread for each core, though our
    matrices are small (10 ms on 2 idle cores, 50 ms on busy ones). What stays, the app and the server, turns the
    collector on again.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = main()
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    run()
