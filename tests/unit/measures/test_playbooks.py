"""How often playbooks fired in the window, and for how long they burned. Minutes; the window is 60..180."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from playbook_floor import above, below, playbook
from small_floor import MINUTE_MS, Floor, ms, one

from supportsim.ledger import NOBODY, Event, Ledger
from supportsim.measures.groups import grouping, members
from supportsim.measures.playbooks import fires, firings, hours
from supportsim.plan.model import Plan, Watched

ROWS = [(10, 0, 1), (50, 1, 1), (70, 1, 0), (80, 0, 0), (100, 0, 1), (110, 0, 0), (150, 1, 1), (185, 1, 0), (190, 0, 1)]
"""(minute, playbook, whether it fires)."""


def told() -> tuple[Plan, Ledger]:
    one_of_them = playbook(above(Watched.QUEUE, 2), below(Watched.QUEUE, 1), 200)
    plan = Floor([one(0, 1)], horizon=200).plan()
    plan = replace(plan, window_ms=(ms(60), ms(180)), playbooks=(one_of_them, replace(one_of_them, name="worse")))
    nobody = np.full(len(ROWS), NOBODY, dtype=np.int32)
    ledger = Ledger(
        np.array([ms(minute) for minute, _, _ in ROWS], dtype=np.int64),
        nobody,
        np.array([Event.PLAYBOOK_FIRES if on else Event.PLAYBOOK_ENDS for _, _, on in ROWS], dtype=np.int8),
        np.array([number for _, number, _ in ROWS], dtype=np.int16),
        nobody,
    )
    return plan, ledger


def test_each_firing_has_its_end_and_what_still_burns_ends_with_the_simulation() -> None:
    found = fires(*told())
    spans = zip(found.playbook.tolist(), found.start_ms // MINUTE_MS, found.end_ms // MINUTE_MS, strict=True)
    assert sorted(spans) == [(0, 10, 80), (0, 100, 110), (0, 190, 200), (1, 50, 70), (1, 150, 185)]


def test_firings_and_hours_are_those_of_the_window() -> None:
    plan, ledger = told()
    found = fires(plan, ledger)
    together, each = grouping((), members(plan)), grouping(("playbook",), members(plan))
    assert [firings(plan, found, cut)[0].value.tolist() for cut in (together, each)] == [[2], [1, 1]]
    # The one from 60 to 80 and from 100 to 110; the other from 60 to 70 and from 150 to 180.
    assert [hours(plan, found, cut)[0].value.tolist() for cut in (together, each)] == [[70 / 60], [30 / 60, 40 / 60]]


def test_without_playbooks_there_are_none() -> None:
    plan = Floor([one(0, 1)]).plan()
    found = fires(plan, Floor([one(0, 1)]).run())
    assert (firings(plan, found, grouping((), members(plan)))[0].value.tolist(), len(found.playbook)) == ([0], 0)
