"""Calls that never came to an end of their own."""


class WorkerDiedError(RuntimeError):
    """A call lost its worker so often (killed, or out of memory) that it was given up."""


class TookTooLongError(RuntimeError):
    """A call did not end in time."""
