"""A limit on how long a call may take, wherever it runs."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from supportsim.experiment.losses import TookTooLongError

Task = TypeVar("Task")
Result = TypeVar("Result")


class _OutOfTime(BaseException):
    pass


@dataclass(frozen=True)
class TimeLimit(Generic[Task, Result]):
    """Calls ``call`` and stops it after ``seconds``.

    A signal would reach the main thread only, but a cluster's workers call in other threads. So a timer raises an
    exception in the calling thread, which takes effect between two steps of Python code.

    Args:
        call: what is limited.
        seconds: how long it may take.
    """

    call: Callable[[Task], Result]
    seconds: float

    def __call__(self, task: Task) -> Result:
        """Call.

        Raises:
            TookTooLongError: it did not end in time.
        """
        thread = threading.get_ident()
        timer = threading.Timer(self.seconds, _raise_in, [thread, _OutOfTime])
        timer.daemon = True
        try:
            # It may be over before the timer's thread has said that it is there.
            timer.start()
            try:
                return self.call(task)
            finally:
                timer.cancel()
                timer.join()
                # What was raised too late must not hit what this thread does next.
                _raise_in(thread, None)
        except _OutOfTime:
            raise TookTooLongError(f"took longer than {self.seconds:g} s") from None


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)
