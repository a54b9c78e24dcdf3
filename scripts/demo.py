"""`make demo` and `make up`: a text sent by a real Airflow to a sandbox of the gateway. No account, no costs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType


def main() -> int:
    """Run the demo and return the exit code: 0, or 1 if it failed, or 130 if Ctrl-C cut it short."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="stay afterwards, until Ctrl-C")
    parser.add_argument("--keep", action="store_true", help="leave Airflow's home with all its logs")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)  # also where a shell has started it with SIGINT ignored
    try:
        from scripts.demo_run import run

        code = run(stay=options.stay, keep=options.keep)
    except KeyboardInterrupt:
        print("Interrupted. Everything has been stopped.", flush=True)
        code = 0 if options.stay else 130
    except BrokenPipeError:  # nobody reads on, as in `make demo | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left that Ctrl-C could end
    return code


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
