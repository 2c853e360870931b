"""A replay is the replication: whoever plays it arrives at what the ledger says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from supportsim.experiment.replicate import Job, simulated
from supportsim.experiment.result import RunResult
from supportsim.measures.series import DEMAND_SERIES
from supportsim.measures.sla import Outcome
from supportsim.measures.story import Story, tell
from supportsim.report.page import replay
from supportsim.report.page.replay import hardest_week, make_replay, week_starts

KINDS, SPAN = 6, 32


def play(data: dict[str, Any], until_second: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return states, hands, queues and promises after playing up to a second, as the page's script does."""
    state, hands, queue = (np.array(data[name]) for name in ("state", "hands", "queue"))
    promises = np.zeros((2, 2), int)
    for second, code in zip(np.cumsum(data["after"]), data["code"], strict=True):
        if second > until_second:
            break
        kind, what, who = code % KINDS, code // KINDS % SPAN, code // (KINDS * SPAN)
        if kind == 0:
            state[who] = what
        elif kind in (1, 2):
            hands[who, what] += 1 if kind == 1 else -1
        elif kind in (3, 4):
            queue[who, what] += 1 if kind == 3 else -1
        else:
            promises[who, what] += 1
    return state, hands, queue, promises


@pytest.fixture(scope="module")
def story(desk: RunResult) -> Story:
    job = Job(desk.scenario.scenario, desk.scenario.digest, desk.seed, "")
    return tell(*simulated(job, 1))


@pytest.fixture(scope="module")
def data(desk: RunResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(make_replay(desk, 1, 2).data)
    return found


@pytest.mark.parametrize("hours", [0, 9.5, 60, 63.25, 120])
def test_hands_and_queues_are_those_of_the_ledger(
    desk: RunResult, story: Story, data: dict[str, Any], hours: float
) -> None:
    at_ms = week_starts(desk)[1] + int(hours * 3_600_000)
    state, hands, queue, _ = play(data, int(hours * 3600))
    work, priority = story.work, story.workload.tickets.priority
    # A second is the finest that is shown: what changes within this one may be on either side.
    held = (work.start_ms <= at_ms + 999) & (work.end_ms > at_ms + 999)
    names = [story.plan.people.names[person] for person in work.agent[held]]
    shown = [data["names"][person] for person, _ in np.argwhere(hands > 0)]
    assert sorted(names) == sorted(shown)
    rows = story.rows
    waiting = np.isin(rows.event, replay.QUEUEING_EVENTS) & (rows.start_ms <= at_ms + 999) & (rows.end_ms > at_ms + 999)
    for tier in range(2):
        for rank in range(5):
            here = waiting & (rows.tier == tier) & (priority[rows.ticket] == rank)
            assert queue[tier, rank] == here.sum()
    assert set(state) <= set(range(len(data["states"])))


def test_at_night_everybody_is_off(data: dict[str, Any]) -> None:
    state, hands, _, _ = play(data, 26 * 3600)
    assert not state.any()
    assert not hands.any()


def test_promises_of_the_week(desk: RunResult, story: Story, data: dict[str, Any]) -> None:
    *_, promises = play(data, data["seconds"])
    start_ms, end_ms = week_starts(desk)[1], story.plan.window_ms[1]
    given_ms = story.table.first_response_ms
    kept = (story.response.outcome == Outcome.MET) & (given_ms > start_ms) & (given_ms <= end_ms)
    assert promises[0, 0] == kept.sum()
    # Broken ones count when they fall due, so at most those created in the week or open at its start.
    assert 0 < promises[0, 1] <= (story.response.outcome == Outcome.BREACHED).sum()


def test_the_hardest_week_is_that_of_the_surge(desk: RunResult) -> None:
    assert hardest_week(desk) == 1
    quiet = np.array(desk.demand)
    met, judged = (DEMAND_SERIES.index(f"response_{name}") for name in ("met", "judged"))
    quiet[met] = quiet[judged]
    quiet[met, 5] -= 1
    quiet[judged, 5] = quiet[met, 5] + 1
    assert hardest_week(replace(desk, demand=quiet)) == 0


def test_events_of_the_week_are_marked(desk: RunResult, data: dict[str, Any]) -> None:
    assert data["events"] == [[(2 * 24 + 9) * 3600, (2 * 24 + 15) * 3600, "surge"]]
    assert json.loads(make_replay(desk, 1, 1).data)["events"] == []


def test_what_does_not_exist_is_refused(desk: RunResult) -> None:
    with pytest.raises(ValueError, match="replication 9: expected one of 0 to 2"):
        make_replay(desk, 9)
    with pytest.raises(ValueError, match="week 3: the period has weeks 1 to 2"):
        make_replay(desk, 0, 3)


def test_too_much_is_cut(desk: RunResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_CHANGES", 50)
    found = make_replay(desk, 0, 1)
    cut = json.loads(found.data)
    assert len(cut["code"]) == len(cut["after"]) == 50
    assert cut["seconds"] == sum(cut["after"]) < 7 * 24 * 3600
    assert "only the beginning" in found.told


def test_there_is_room_for_every_state_and_reason() -> None:
    assert len(replay.STATES) <= replay._SPAN
    assert len(set(replay.STATES)) == len(replay.STATES)
