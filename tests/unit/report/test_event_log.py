"""The event log tells a ledger case by case, in local time, as CSV that is safe to open."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from playbook_floor import Lead, above, below, playbook
from small_floor import Agent, Floor, Stage, Ticket, one

from supportsim.floor.simulate import simulate
from supportsim.ledger import NO_STATES, PUTS_DOWN, TAKES, WORK_STARTS, Event
from supportsim.measures.event_log import ACTIVITIES, Coded, EventLog, event_log
from supportsim.plan.model import Queue, Watched
from supportsim.report.event_log import timestamps, write_event_log
from supportsim.workload.model import Next

HEADER = [
    "case", "activity", "timestamp", "resource", "lifecycle", "team",
    "tier", "queue", "priority", "segment", "channel", "category", "playbooks",
]  # fmt: skip

ESCALATES = Floor(
    [Ticket(1, (Stage(4, Next.ESCALATE), Stage(6, tier=1)), priority=2)],
    [Agent(0), Agent(1)],
    (Queue("front", (0,), (0,)), Queue("back", (1,), (0,))),
)


def log_of(floor: Floor, **plan: object) -> EventLog:
    return event_log(replace(floor.plan(), **plan), floor.workload(), floor.run())  # type: ignore[arg-type]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def written(tmp_path: Path, log: EventLog) -> list[dict[str, str]]:
    write_event_log(log, tmp_path / "events.csv")
    return read(tmp_path / "events.csv")


def told(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["activity"], row["lifecycle"]) for row in rows]


def test_a_ticket_is_told_from_arrival_to_resolution(tmp_path: Path) -> None:
    rows = written(tmp_path, log_of(ESCALATES))
    # January 5th in UTC; work at L1 takes minutes 1-5, at L2 minutes 5-11.
    names = ("activity", "lifecycle", "timestamp", "resource", "team", "tier", "queue")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("Arrived", "complete", "2026-01-05T00:01:00.000+00:00", "", "", "L1", "front"),
        ("Work at L1", "start", "2026-01-05T00:01:00.000+00:00", "agent0", "team0", "L1", ""),
        ("Work at L1", "complete", "2026-01-05T00:05:00.000+00:00", "agent0", "team0", "L1", ""),
        ("Escalated", "complete", "2026-01-05T00:05:00.000+00:00", "agent0", "team0", "L2", "back"),
        ("Work at L2", "start", "2026-01-05T00:05:00.000+00:00", "agent1", "team1", "L2", ""),
        ("Work at L2", "complete", "2026-01-05T00:11:00.000+00:00", "agent1", "team1", "L2", ""),
        ("Resolved", "complete", "2026-01-05T00:11:00.000+00:00", "agent1", "team1", "L2", ""),
    ]


def test_columns_and_what_the_ticket_is(tmp_path: Path) -> None:
    rows = written(tmp_path, log_of(ESCALATES))
    assert list(rows[0]) == HEADER
    names = ("case", "priority", "segment", "channel", "category")
    assert {tuple(row[name] for name in names) for row in rows} == {("0", "P2", "all", "email", "general")}


def test_work_set_aside_suspends_and_resumes(tmp_path: Path) -> None:
    keeps, leaves = (0, 10, True), (20, 25, False)
    rows = written(tmp_path, log_of(Floor([one(0, 20)], [Agent(0, (keeps, leaves)), Agent(0, ((30, 90, False),))])))
    assert told(rows) == [
        ("Arrived", "complete"),
        ("Work at L1", "start"),
        ("Work at L1", "suspend"),
        ("Work at L1", "resume"),
        ("Work at L1", "suspend"),
        ("Work at L1", "resume"),
        ("Work at L1", "complete"),
        ("Resolved", "complete"),
    ]
    assert [row["resource"] for row in rows][4:6] == ["agent0", "agent1"]


def test_a_caller_who_gives_up_and_comes_back(tmp_path: Path) -> None:
    busy, caller = one(0, 60), one(5, 4, live=True, attempts=((10, 15), (8, None)))
    rows = written(tmp_path, log_of(Floor([busy, caller], horizon=50)))
    assert told([row for row in rows if row["case"] == "1"]) == [
        ("Arrived", "complete"), ("Abandoned", "complete"), ("Tried again", "complete"), ("Abandoned", "complete"),
    ]  # fmt: skip
    assert rows[-1]["queue"] == "L1"


def test_every_ticket_event_has_an_activity() -> None:
    no_ticket = {Event.AGENT_ON, Event.AGENT_OFF, Event.PAGED, Event.PLAYBOOK_FIRES, Event.PLAYBOOK_ENDS}
    told_as_work = {*TAKES, *PUTS_DOWN} & {*WORK_STARTS, *NO_STATES, Event.SUSPENDED, Event.RELEASED, Event.PREEMPTED}
    assert len(ACTIVITIES) == 3 + len(set(Event) - no_ticket - told_as_work)
    assert len(set(ACTIVITIES)) == len(ACTIVITIES)


def test_starts_and_ends_of_work_balance() -> None:
    log = log_of(
        Floor([one(i, 7, priority=1 + i % 5) for i in range(40)], [Agent(0, ((0, 90, True), (100, 150, False)))])
    )
    counts = np.bincount(log.columns["lifecycle"].code[log.columns["activity"].code < 3], minlength=4)
    started, suspended, resumed, completed = counts.tolist()
    assert resumed == suspended - (started - completed)
    assert started > 10


def test_local_time_across_the_end_of_daylight_saving() -> None:
    # New York left UTC-4 for UTC-5 on 2026-11-01 at 06:00 UTC.
    instants = [datetime(2026, 11, 1, 5, 59, 59, 999_000, UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)]
    utc_ms = np.array([round(instant.timestamp() * 1000) for instant in instants])
    assert timestamps(utc_ms, "America/New_York") == ["2026-11-01T01:59:59.999-04:00", "2026-11-01T01:00:00.000-05:00"]


@pytest.mark.parametrize("timezone", ["Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_timestamps_name_the_instant(timezone: str) -> None:
    utc_ms = np.arange(1_767_225_600_000, 1_798_761_600_000, 86_399_999 * 5)
    texts = timestamps(utc_ms, timezone)
    assert [round(datetime.fromisoformat(text).timestamp() * 1000) for text in texts] == utc_ms.tolist()


def test_each_row_names_the_playbooks_that_burn_for_its_team(tmp_path: Path) -> None:
    # Both look every 5 minutes. Tickets 1 and 2 wait from 1 on; the first playbook burns from 5 until nobody waits any
    # more (11, so 15); the second, whose people come from the other team, from 10 on, when one has waited 9 minutes.
    busy = playbook(above(Watched.QUEUE, 0), below(Watched.QUEUE, 1), 1000)
    late = playbook(above(Watched.WAIT, 8), below(Watched.QUEUE, 1), 1000, name="late, very", lends=1, at_most=1)
    tickets = [one(0, 7), one(1, 4), one(1, 20), Ticket(2, (Stage(40, tier=1),))]
    lead = Lead(tickets, busy, (Agent(0), Agent(1)), more={"queues": (Queue("a", (0,), (0,)), Queue("b", (1,), (0,)))})
    plan, workload = lead.world()
    plan = replace(plan, playbooks=(busy, late))
    rows = written(tmp_path, event_log(plan, workload, simulate(plan, workload)))
    burned = [(row["case"], row["activity"], row["lifecycle"], row["playbooks"]) for row in rows if row["playbooks"]]
    assert burned == [
        ("0", "Work at L1", "complete", "busy"),
        ("0", "Resolved", "complete", "busy"),
        ("1", "Work at L1", "start", "busy"),
        ("1", "Work at L1", "complete", "busy; late, very"),
        ("1", "Resolved", "complete", "busy; late, very"),
        ("2", "Work at L1", "start", "busy; late, very"),
    ]


def test_names_cannot_become_formulas_or_break_the_table(tmp_path: Path) -> None:
    names = ("=HYPERLINK(1)", '+1 "big", loud', "-x", "@sum", "plain", "two\nlines")
    code = np.arange(len(names))
    columns = {"activity": Coded(names, code), "resource": Coded(names, code - 1)}
    rows = written(tmp_path, EventLog(code, code * 1000, "UTC", columns))
    harmless = ["'=HYPERLINK(1)", '\'+1 "big", loud', "'-x", "'@sum", "plain", "two\nlines"]
    assert [row["activity"] for row in rows] == harmless
    assert [row["resource"] for row in rows] == ["", *harmless[:-1]]


def test_an_empty_log_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_event_log(log_of(Floor([])), path)
    assert path.read_text("utf-8") == ",".join(HEADER) + "\n"


def test_more_rows_than_are_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(ESCALATES)
    at_once = written(tmp_path, log)
    monkeypatch.setattr("supportsim.report.event_log._ROWS_AT_ONCE", 3)
    assert written(tmp_path, log) == at_once
    assert len(at_once) == 7


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("old", "utf-8")
    log = log_of(ESCALATES)
    with pytest.raises(KeyError, match="Nowhere"):
        write_event_log(replace(log, timezone="Not/Nowhere"), path)
    assert path.read_text("utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["events.csv"]
