"""Single keys from a terminal, without waiting for the return key."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ReadKey = Callable[[float], str]
"""Called with seconds to wait at most; returns the key pressed meanwhile, or nothing."""


@contextmanager
def keyboard() -> Iterator[ReadKey]:
    """Give the function that reads keys; where there is no keyboard it only waits.

    The terminal is as it was before when the block is left, however that happens.
    """
    try:
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (ImportError, OSError, ValueError):
        # Another system, or stdin is no terminal.
        yield _no_key
        return
    except Exception as error:
        if type(error).__name__ != "error":
            raise
        yield _no_key
        return
    try:
        tty.setcbreak(descriptor)
        yield lambda seconds: _read(descriptor, seconds)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _no_key(seconds: float) -> str:
    time.sleep(seconds)
    return ""


def _read(descriptor: int, seconds: float) -> str:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    # An arrow key is several bytes at once; only its first says anything, that it is none of ours.
    return os.read(descriptor, 16).decode("ascii", "replace")[:1] if ready else ""
