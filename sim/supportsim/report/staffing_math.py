"""The spreadsheet beside the simulation, for people: two tables, and in plain sentences why they differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.staffing_math import FloatArray, StaffingMath, TeamMath
from supportsim.report.files import finite
from supportsim.report.intervals import WEEKDAYS
from supportsim.report.words import NOTHING, minutes, number, share

Hours = NDArray[np.bool_]
# Differences below these are not worth a sentence.
_SMALL_SHARE, _SMALL_FACTOR, _SMALL_MINUTES = 0.005, 1.25, 0.25


def print_staffing_math(found: StaffingMath, console: Console, *, hours: bool = False) -> None:
    """Print the tables, then the reasons; with ``hours`` each hour of the week as well."""
    scenario = found.result.scenario.scenario
    repeats = len(found.result.replications)
    console.print(Text(f"{scenario.name}: what a spreadsheet says, beside what happens", style="bold"))
    console.print(
        Text(
            f"a mean week, same customers; {repeats} replication{'s' if repeats > 1 else ''}, seed {found.result.seed}"
        )
    )
    for table in (_heads(found), _waits(found), *((_hours(found, team) for team in found.teams) if hours else ())):
        console.print()
        console.print(table)
    console.print()
    console.print(Text("Why they differ", style="bold"))
    for team in found.teams:
        for sentence in sentences(found, team):
            console.print(Text(f"- {sentence}"))
    for sentence in general_sentences(found):
        console.print(Text(f"- {sentence}"))


def document(found: StaffingMath) -> dict[str, Any]:
    """Return the same for machines, each hour of the week included; a formula without an answer is null."""
    result = found.result
    return {
        "scenario": result.scenario.scenario.name,
        "digest": result.scenario.digest,
        "seed": result.seed,
        "replications": len(result.replications),
        "utilization": found.utilization,
        "hours_per_head": found.hours_per_head,
        "threshold_minutes": found.threshold_minutes,
        "level": found.level,
        "teams": [_team_document(found, team) for team in found.teams],
        "reasons": list(general_sentences(found)),
    }


def _team_document(found: StaffingMath, team: TeamMath) -> dict[str, Any]:
    columns = {
        "touches": team.touches,
        "work_hours": team.work_hours,
        "paid_hours": team.paid_hours,
        "available_hours": team.available_hours,
        "agents": team.formulas.agents,
        "needed_by_erlang_c": team.formulas.needed,
        "erlang_c_wait_minutes": team.formulas.erlang_c_minutes,
        "erlang_c_level": team.formulas.erlang_c_level,
        "erlang_a_wait_minutes": team.formulas.erlang_a_minutes,
        "erlang_a_level": team.formulas.erlang_a_level,
        "erlang_a_abandonment": team.formulas.erlang_a_abandonment,
        "simulated_wait_minutes": _simulated_minutes(team),
        "simulated_handling_hours": team.handling_hours,
    }
    hours = [
        {"weekday": WEEKDAYS[hour // 24], "hour": hour % 24}
        | {name: finite(float(column[hour])) for name, column in columns.items()}
        for hour in range(len(team.touches))
    ]
    everything = np.ones(len(team.touches), dtype=np.bool_)
    return {
        "team": team.name,
        "tier": team.tier,
        "heads_by_formula": finite(found.heads(team)),
        "heads_rostered": float(team.paid_hours.sum()) / found.hours_per_head,
        "utilization_by_formula": finite(_ratio(team.work_hours.sum(), team.paid_hours.sum())),
        "utilization_simulated": finite(_ratio(team.handling_hours.sum(), team.paid_hours.sum())),
        "erlang_c_wait_minutes": finite(team.weighted(team.formulas.erlang_c_minutes, everything)),
        "erlang_a_wait_minutes": finite(team.weighted(team.formulas.erlang_a_minutes, everything)),
        "simulated_wait_minutes": finite(team.waited_minutes(everything)),
        "reasons": list(sentences(found, team)),
        "hours": hours,
    }


def _heads(found: StaffingMath) -> Table:
    table = _table(
        found,
        "Volume x handle time / (hours x utilization)",
        "touches", "handle", "work", "paid", "needs", "has", "used", "in fact",
        caption=f"needs, has: heads of {number(found.hours_per_head)} paid hours, {share(found.utilization, 0)} of them"
        " used; used: work / paid; in fact: simulated",
    )  # fmt: skip
    for team in found.teams:
        work, paid = float(team.work_hours.sum()), float(team.paid_hours.sum())
        table.add_row(
            team.name,
            number(_round(float(team.touches.sum()))),
            minutes(60 * _ratio(work, float(team.touches.sum()))),
            f"{number(_round(work))} h",
            f"{number(_round(paid))} h",
            number(found.heads(team)),
            number(paid / found.hours_per_head),
            share(_ratio(work, paid)),
            share(_ratio(float(team.handling_hours.sum()), paid)),
        )
    return table


def _waits(found: StaffingMath) -> Table:
    table = _table(
        found,
        "Mean wait for the first touch of a visit",
        "Erlang C", "Erlang A", "simulated", "in C's hours", "volume there",
        caption="in C's hours: simulated, where Erlang C has an answer",
    )  # fmt: skip
    for team in found.teams:
        everything = np.ones(len(team.touches), dtype=np.bool_)
        table.add_row(
            team.name,
            minutes(team.weighted(team.formulas.erlang_c_minutes, everything)),
            minutes(team.weighted(team.formulas.erlang_a_minutes, everything)),
            minutes(team.waited_minutes(everything)),
            minutes(team.waited_minutes(team.ordinary)),
            share(_volume(team, team.ordinary)),
        )
    return table


def _hours(found: StaffingMath, team: TeamMath) -> Table:
    level = f"{share(found.level, 0)} within {minutes(found.threshold_minutes)}"
    table = _table(
        found,
        f"{team.name}, by hour of the week",
        "touches", "agents", "needed", "Erlang C", "Erlang A", "simulated",
        caption=f"needed: by Erlang C, for {level}; -: nobody there, or nothing comes",
    )  # fmt: skip
    simulated = _simulated_minutes(team)
    for hour in np.flatnonzero((team.touches > 0) | (team.formulas.agents > 0)).tolist():
        wait = team.formulas.erlang_c_minutes[hour]
        table.add_row(
            _hour(hour),
            f"{team.touches[hour]:.1f}",
            f"{team.formulas.agents[hour]:.0f}",
            NOTHING if math.isnan(team.formulas.needed[hour]) else f"{team.formulas.needed[hour]:.0f}",
            "no answer" if math.isinf(wait) else minutes(float(wait)),
            minutes(float(team.formulas.erlang_a_minutes[hour])),
            minutes(float(simulated[hour])),
        )
    return table


def sentences(found: StaffingMath, team: TeamMath) -> Iterator[str]:
    """Yield in plain words why the simulation of a team says something else than Erlang C."""
    everything = np.ones(len(team.touches), dtype=np.bool_)
    total = float(team.waited_hours.sum())
    if not team.touches.any() or not total:
        return
    simulated, stated = team.waited_minutes(everything), team.weighted(team.formulas.erlang_c_minutes, everything)
    said = f"Erlang C says {minutes(stated)}" if math.isfinite(stated) else "Erlang C has no answer in any hour"
    yield f"{team.name}: {said}, the simulation {minutes(simulated)}."
    for hours, why in (
        (
            team.unstaffed,
            "while nobody is on the floor, hours that Erlang does not know: such work waits for the next shift",
        ),
        (
            team.overloaded,
            "in hours that bring more work than the people there can do, where Erlang C has no answer: "
            "the rest is carried into later hours",
        ),
    ):
        if _volume(team, hours) > _SMALL_SHARE and team.begun[hours].any():
            yield (
                f"{team.name}: {share(_volume(team, hours))} of its work comes {why}"
                f"{_worst(team, hours)}. It waits {minutes(team.waited_minutes(hours))} and makes"
                f" {share(float(team.waited_hours[hours].sum()) / total)} of all waiting."
            )
    yield from _ordinary_sentence(team)


def _ordinary_sentence(team: TeamMath) -> Iterator[str]:
    mine, formula = team.waited_minutes(team.ordinary), team.weighted(team.formulas.erlang_c_minutes, team.ordinary)
    if not (math.isfinite(mine) and math.isfinite(formula)) or abs(mine - formula) < _SMALL_MINUTES:
        return
    if mine > _SMALL_FACTOR * formula:
        why = (
            "each hour starts with what earlier ones left over, while Erlang takes it for a steady state of its own;"
            " and an hour's volume differs from week to week, which the mean hides"
        )
    elif formula > _SMALL_FACTOR * mine:
        why = (
            "a busy hour is over before its steady state is reached, and other teams that help out or customers who"
            " give up make queues shorter"
        )
    else:
        return
    yield f"{team.name}: in the other hours Erlang C says {minutes(formula)}, the simulation {minutes(mine)}: {why}."


def general_sentences(found: StaffingMath) -> Iterator[str]:
    """Yield what holds for the operation as a whole."""
    paid = sum(float(team.paid_hours.sum()) for team in found.teams)
    there = sum(float(team.available_hours.sum()) for team in found.teams)
    if paid and there < (1 - _SMALL_SHARE) * paid:
        yield (
            f"Of {number(_round(paid))} paid hours people are on the floor in {number(_round(there))}: breaks,"
            " meetings, training and absence take the rest. The formula for heads hides that in its utilization; Erlang"
            " above reckons with who is there."
        )
    for team in found.teams:
        if math.isfinite(team.cv) and abs(team.cv - 1) > 0.1 and team.work_hours.sum():
            yield (
                f"{team.name}: handle times deviate by {number(team.cv)} of their mean, Erlang assumes 1; by itself"
                f" this makes waits {_factor(team.cv)}."
            )
        if math.isfinite(team.mean_patience_minutes) and team.live_share < 1 - _SMALL_SHARE:
            yield (
                f"{team.name}: Erlang A takes everybody for a caller who gives up after about"
                f" {minutes(team.mean_patience_minutes)}; {share(team.live_share)} of the touches are. Mail waits as"
                " long as it takes."
            )
    if any(team.tier != "L1" and team.touches.any() for team in found.teams):
        yield (
            "L2 and L3: a spreadsheet books escalations in the hour of the ticket; they arrive when the tier below is"
            " done with it."
        )


def _factor(cv: float) -> str:
    """Say how the spread of handle times changes a wait (Lee & Longton: by half of 1 + cv^2)."""
    factor = (1 + cv**2) / 2
    return f"about {share(abs(factor - 1), 0)} {'longer' if factor > 1 else 'shorter'}"


def _volume(team: TeamMath, hours: Hours) -> float:
    return _ratio(float(team.work_hours[hours].sum()), float(team.work_hours.sum()))


def _worst(team: TeamMath, hours: Hours) -> str:
    """Name the hours with the most waiting."""
    worst = sorted(np.flatnonzero(hours).tolist(), key=lambda hour: (-team.waited_hours[hour], hour))[:3]
    return f" ({', '.join(map(_hour, worst))})"


def _hour(hour: int) -> str:
    return f"{WEEKDAYS[hour // 24].capitalize()} {hour % 24}:00"


def _simulated_minutes(team: TeamMath) -> FloatArray:
    nothing = np.full(len(team.begun), np.nan)
    wait: FloatArray = np.divide(60 * team.waited_hours, team.begun, out=nothing, where=team.begun > 0)
    return wait


def _ratio(above: float, below: float) -> float:
    return above / below if below else math.nan


def _round(value: float) -> float:
    return float(round(value)) if value >= 10 else value


def _table(found: StaffingMath, title: str, *columns: str, caption: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False,
        caption=caption, caption_justify="left",
    )  # fmt: skip
    # Names keep their line as long as figures can.
    table.add_column("", overflow="fold", min_width=min(14, max(len(team.name) for team in found.teams)))
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table
