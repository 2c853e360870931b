"""The registry of known answers: the tests and the validation page read the same one."""

from __future__ import annotations

from known_answers import calls, chats, lines, networks, patience, priorities, scenarios, skills, swarms, times, traces
from known_answers.case import Case, Trace

_MODULES = (calls, chats, lines, networks, patience, priorities, scenarios, skills, swarms, times)
CASES: tuple[Case, ...] = tuple(
    sorted((case for module in _MODULES for case in module.CASES), key=lambda case: case.number)
)
TRACES: tuple[Trace, ...] = traces.TRACES
