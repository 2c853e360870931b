"""One replication going by on a terminal: queues, promises so far, people, and what just happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from rich import box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from supportsim.ledger import NOBODY, Event
from supportsim.measures.replay import PROMISES, Frame, Replay
from supportsim.measures.tables import NEVER
from supportsim.measures.trace import said
from supportsim.plan.model import PRIORITIES, TIERS, OffReason
from supportsim.report.words import NOTHING, minutes, share
from supportsim.scenario.civil import zone
from supportsim.scenario.units import MINUTE_MS

LATEST = 4
"""So many of the latest events are shown."""
KEYS = "space pause  s step  + - speed  h b hour on, back  d day on  q quit"


@dataclass(frozen=True)
class Pace:
    """How the clock goes.

    Args:
        speed: simulated minutes a second.
        paused: whether it stands.
    """

    speed: float
    paused: bool = False

    def __str__(self) -> str:
        """Say it: ``1 h a second``."""
        return "paused" if self.paused else f"{minutes(self.speed)} a second"


def view(replay: Replay, frame: Frame, pace: Pace | None, height: int, width: int) -> RenderableType:
    """Return what is shown of a frame on a screen of so many lines and columns; without a pace, no keys."""
    parts: list[RenderableType] = [
        _headline(replay, frame, pace),
        Text(_totals(frame), no_wrap=True, overflow="ellipsis"),
        _side_by_side(_queues(replay, frame), _promises(frame)),
    ]
    teams, latest = list(_teams(replay, frame)), list(_latest(replay, frame))
    above = 2 + 2 + max(len(replay.story.plan.skills), len(_in_use(frame)))
    room = height - above - len(teams) - len(latest) - (pace is not None)
    parts += [Text(line, no_wrap=True, overflow="ellipsis") for line in teams]
    parts.append(_agents(replay, frame, max(room, 1), width))
    parts += [Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in latest]
    if pace is not None:
        parts.append(Text(KEYS, style="reverse", no_wrap=True, overflow="ellipsis"))
    return Group(*parts)


def _local(replay: Replay, at_ms: int) -> datetime:
    plan = replay.story.plan
    return (plan.origin + timedelta(milliseconds=at_ms)).astimezone(zone(plan.timezone))


def _headline(replay: Replay, frame: Frame, pace: Pace | None) -> Text:
    local = _local(replay, frame.at_ms)
    start_ms, end_ms = replay.story.plan.window_ms
    phase = "warm-up, not judged" if frame.at_ms < start_ms else "judged" if frame.at_ms < end_ms else "run-out"
    line = Text(f"{local:%A %Y-%m-%d %H:%M:%S}", style="bold", no_wrap=True, overflow="ellipsis")
    line.append(f"  [{pace}]" if pace else "", style="yellow")
    return line.append(f"  {replay.story.plan.timezone}, {phase}", style="not bold")


def _totals(frame: Frame) -> str:
    totals = {
        "came": frame.created,
        "solved": frame.solved,
        "gave up": frame.gave_up,
        "waiting": int(frame.waiting.sum()),
        "in hand": int(frame.holds.sum()),
        "pending": frame.pending,
    }
    return "  ".join(f"{words} {number:,}" for words, number in totals.items())


def _side_by_side(left: Table, right: Table) -> Table:
    table = Table.grid(padding=(0, 3), expand=False)
    table.add_row(left, right)
    return table


def _table(first: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, no_wrap=True, overflow="ellipsis", max_width=14)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _queues(replay: Replay, frame: Frame) -> Table:
    """Waiting tickets by skill and tier, and how long the first has waited."""
    plan = replay.story.plan
    tiers = [tier for tier in range(len(TIERS)) if (plan.queue_of[tier] >= 0).any()]
    table = _table("waiting", *(TIERS[tier] for tier in tiers))
    for code, skill in enumerate(plan.skills):
        table.add_row(
            skill, *(_waiting(int(frame.waiting[tier, code]), int(frame.longest_ms[tier, code])) for tier in tiers)
        )
    return table


def _waiting(count: int, longest_ms: int) -> Text:
    return Text(f"{count}, {minutes(longest_ms / MINUTE_MS)}", style="bold") if count else Text("0", style="dim")


def _in_use(frame: Frame) -> list[int]:
    """Return the priorities with anything to tell."""
    return np.flatnonzero(frame.urgent + (frame.kept + frame.broken).sum(axis=0)).tolist()


def _promises(frame: Frame) -> Table:
    table = _table("kept", *PROMISES, "waiting")
    for code in _in_use(frame):
        cells = [
            _kept(int(kept[code]), int(broken[code])) for kept, broken in zip(frame.kept, frame.broken, strict=True)
        ]
        table.add_row(PRIORITIES[code], *cells, str(frame.urgent[code]))
    return table


def _kept(kept: int, broken: int) -> Text:
    if not kept + broken:
        return Text(NOTHING, style="dim")
    part = kept / (kept + broken)
    return Text(share(part), style="green" if part >= 0.95 else "yellow" if part >= 0.8 else "red")


def _teams(replay: Replay, frame: Frame) -> Iterator[str]:
    """Say of each team how many of its people do what."""
    plan = replay.story.plan
    longest = max(map(len, plan.teams))
    for code, team in enumerate(plan.teams):
        of = plan.people.team == code
        there, busy = of & (frame.away == NEVER), of & (frame.holds > 0)
        doing = [f"{int(busy.sum())} at work", f"{int((there & ~busy).sum())} free"]
        for reason in OffReason:
            count = int((of & (frame.away == reason) & ~busy).sum())
            if count and reason is not OffReason.SHIFT_END:
                doing.append(f"{count} in {reason.name.lower().replace('_', ' ')}")
        yield f"{team:{longest}}  {', '.join(doing)}"


def _agents(replay: Replay, frame: Frame, lines: int, width: int) -> RenderableType:
    """Say of each person on the floor or at work what they do, as far as there is room."""
    plan, of = replay.story.plan, replay.story.workload.tickets
    cells = []
    for person in np.flatnonzero((frame.away == NEVER) | (frame.holds > 0)).tolist():
        lasts = minutes((frame.at_ms - int(frame.since_ms[person])) / MINUTE_MS)
        ticket, holds = int(frame.ticket[person]), int(frame.holds[person])
        doing, style = f"free {lasts}", "green"
        if ticket != NOBODY:
            more = f" +{holds - 1}" if holds > 1 else ""
            doing = f"#{ticket} {PRIORITIES[of.priority[ticket]]} {plan.channels[of.channel[ticket]]}{more} {lasts}"
            style = "red" if of.priority[ticket] == 0 else ""
        elif holds:
            doing, style = f"{holds} in hand {lasts}", ""
        cells.append(Text.assemble((f"{plan.people.names[person]} ", "bold"), (doing, style)))
    longest = max((cell.cell_len for cell in cells), default=1)
    across = max(width // (longest + 2), 1)
    if len(cells) > across * lines:
        shown = across * lines - 1
        cells = [*cells[:shown], Text(f"and {len(cells) - shown} more", style="dim")]
    return Columns(cells, width=longest, padding=(0, 2)) if cells else Text("nobody is on the floor", style="dim")


def _latest(replay: Replay, frame: Frame) -> Iterator[str]:
    """Say what happened last, the latest last."""
    ledger, plan = replay.ledger, replay.story.plan
    for row in range(max(frame.last_row - LATEST + 1, 0), frame.last_row + 1):
        ticket, agent = int(ledger.ticket[row]), int(ledger.agent[row])
        who = f"{plan.people.names[agent]}: " if agent != NOBODY else ""
        what = said(plan, Event(ledger.event[row]), int(ledger.place[row]))
        of = f"#{ticket} " if ticket != NOBODY else ""
        yield f"{_local(replay, int(ledger.time_ms[row])):%H:%M:%S} {of}{who}{what}"
