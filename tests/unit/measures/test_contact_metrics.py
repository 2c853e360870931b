"""Metrics of contacts on a dozen of them, counted by hand. The window is 60..120 minutes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_floor import MINUTE_MS, Floor, one

from supportsim.ledger import Ledger
from supportsim.measures.contact_metrics import CONTACT_METRICS
from supportsim.measures.groups import grouping, members, sums
from supportsim.measures.story import Story, tell
from supportsim.workload.model import ContactOutcome, Contacts

TICKET, DEFLECTED = ContactOutcome.TICKET, ContactOutcome.DEFLECTED
TURNED_AWAY, IN_SELF_SERVICE = ContactOutcome.TURNED_AWAY, ContactOutcome.IN_SELF_SERVICE
FREE, GOLD = 0, 1
EMAIL, PHONE = 0, 1
HOWTO, BUG = 0, 1

# (arrived, outcome, rebound, priority, segment, channel, category)
CONTACTS = [
    (60 - 1 / MINUTE_MS, DEFLECTED, False, 1, GOLD, PHONE, BUG),
    (60, TICKET, False, 1, GOLD, PHONE, BUG),
    (61, TICKET, True, 1, GOLD, EMAIL, BUG),
    (62, DEFLECTED, False, 1, FREE, EMAIL, HOWTO),
    (63, DEFLECTED, False, 3, FREE, EMAIL, HOWTO),
    (64, DEFLECTED, False, 3, FREE, EMAIL, HOWTO),
    (65, TURNED_AWAY, False, 3, GOLD, PHONE, HOWTO),
    (66, IN_SELF_SERVICE, False, 3, FREE, EMAIL, HOWTO),
    # Still on the way back when the simulation stops.
    (67, IN_SELF_SERVICE, True, 3, FREE, EMAIL, HOWTO),
    (120 - 1 / MINUTE_MS, TURNED_AWAY, False, 5, FREE, PHONE, BUG),
    (120, TURNED_AWAY, False, 5, FREE, PHONE, BUG),
]


def story() -> Story:
    floor = Floor([one(60, 1)], horizon=240)
    arrived, outcome, rebound, priority, *codes = zip(*CONTACTS, strict=True)
    segment, channel, category = (np.array(code, dtype=np.int16) for code in codes)
    count = len(CONTACTS)
    contacts = Contacts(
        arrived_ms=np.array([round(minute * MINUTE_MS) for minute in arrived], dtype=np.int64),
        key=np.arange(count, dtype=np.uint64),
        source=np.full(count, -1, np.int16),
        channel=channel,
        segment=segment,
        category=category,
        priority=np.array(priority, dtype=np.int16) - np.int16(1),
        outcome=np.array(outcome, dtype=np.int8),
        layer=np.full(count, -1, np.int16),
        rebound=np.array(rebound, dtype=np.bool_),
    )
    plan = replace(
        floor.plan(),
        window_ms=(60 * MINUTE_MS, 120 * MINUTE_MS),
        segments=("free", "gold"),
        channels=("email", "phone"),
        categories=("howto", "bug"),
    )
    empty = np.zeros(0, np.int64)
    ledger = Ledger(empty, *(empty.astype(kind) for kind in (np.int32, np.int8, np.int16, np.int32)))
    return tell(plan, replace(floor.workload(), contacts=contacts), ledger)


def counted(metric: str, **slices: str) -> tuple[float, float]:
    """Return hits and base of one slice."""
    told = story()
    names = members(told.plan)
    cut = grouping(tuple(slices), names)
    base = CONTACT_METRICS[metric](told)
    codes = cut.codes(base.columns, {name: len(of) for name, of in names.items()})
    place = cut.slices.index(tuple(slices.items()))
    hits, rows = (sums(codes, len(cut), weights)[place] for weights in (base.amount, np.ones(len(base.amount))))
    return float(hits), float(rows)


@pytest.mark.parametrize(
    ("metric", "slices", "expected"),
    [
        ("contacts", {}, (9, 9)),
        ("contacts", {"priority": "P1"}, (3, 3)),
        ("contacts", {"priority": "P5"}, (1, 1)),
        ("contacts", {"segment": "gold"}, (3, 3)),
        ("contacts", {"channel": "phone"}, (3, 3)),
        ("contacts", {"category": "bug"}, (3, 3)),
        ("contacts", {"priority": "P3", "segment": "free"}, (4, 4)),
        ("contacts", {"priority": "P2"}, (0, 0)),
        ("deflection_rate", {}, (3, 9)),
        ("deflection_rate", {"priority": "P1"}, (1, 3)),
        ("deflection_rate", {"channel": "phone"}, (0, 3)),
        ("deflection_rate", {"category": "howto"}, (3, 6)),
        # Left self-service as solved: three for good, two who came back or will.
        ("rebound_rate", {}, (2, 5)),
        ("rebound_rate", {"priority": "P1"}, (1, 2)),
        ("rebound_rate", {"segment": "gold"}, (1, 1)),
        ("rebound_rate", {"priority": "P3", "segment": "free"}, (1, 3)),
        ("rebound_rate", {"channel": "phone"}, (0, 0)),
        ("turned_away_rate", {}, (2, 9)),
        ("turned_away_rate", {"channel": "phone"}, (2, 3)),
        ("turned_away_rate", {"channel": "email"}, (0, 6)),
        ("turned_away_rate", {"priority": "P5", "segment": "free"}, (1, 1)),
    ],
)
def test_contacts(metric: str, slices: dict[str, str], expected: tuple[float, float]) -> None:
    assert counted(metric, **slices) == expected
