"""The exit codes of the command."""

INTERNAL_ERROR = 1
WRONG_USAGE = 2
INVALID_INPUT = 3
MISSED = 4
"""With --gate: a promise is missed."""
UNDECIDED = 5
"""With --gate: no promise is missed, but not all are decided."""
INTERRUPTED = 130
