"""The catalogue of metrics: names, units, statistics and slices.

Target keys are checked against it when a scenario is loaded; the formulas live in ``measures/``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from supportsim.scenario.suggest import expected_one_of
from supportsim.scenario.units import HOUR_MS, MINUTE_MS, parse_duration, parse_share

Unit = Literal["share", "minutes", "hours", "number", "money"]
Estimate = Literal["share", "ratio", "mean"]
Slice = tuple[tuple[str, str], ...]
"""What a number is about: (dimension, member) pairs; empty for everything together."""

STATS = ("mean", "p50", "p80", "p90", "p95", "p99")
"""Statistics of metrics that are distributions; without one, the mean is meant."""

DIMENSIONS = ("priority", "segment", "channel", "category", "tier", "team", "playbook")

_CONTACT_SLICES = (("priority",), ("segment",), ("channel",), ("category",), ("priority", "segment"))
_TICKET_SLICES = (*_CONTACT_SLICES[:4], ("tier",), ("team",), ("priority", "segment"))
_PEOPLE_SLICES = (("team",), ("tier",))
SLICE_SETS: dict[str, tuple[tuple[str, ...], ...]] = {
    "tickets": _TICKET_SLICES,
    "contacts": _CONTACT_SLICES,
    "people": _PEOPLE_SLICES,
}
"""Combinations of dimensions that several metrics share."""


@dataclass(frozen=True)
class MetricInfo:
    """One metric.

    Args:
        unit: shares are 0..1; money is in the scenario's currency.
        definition: one line with base and denominator.
        better: the direction that is good, None where neither is.
        estimate: how replications are pooled: a ``share`` is a ratio of summed counts, a ``ratio``
            one of other sums, such as times; anything else is the mean over replications.
        stats: statistics that may be asked for; empty where the metric is one number.
        slices: combinations of dimensions by which it can be cut, besides not at all.
        assumed: mostly an input of the scenario; no rule of the floor changes it much.
    """

    unit: Unit
    definition: str
    better: Literal["high", "low"] | None
    estimate: Estimate = "mean"
    stats: tuple[str, ...] = ()
    slices: tuple[tuple[str, ...], ...] = ()
    assumed: bool = False

    @property
    def has_stats(self) -> bool:
        """Whether it is a distribution."""
        return bool(self.stats)


def _share(
    definition: str, better: Literal["high", "low"] | None, slices: Any = _TICKET_SLICES, **more: Any
) -> MetricInfo:
    return MetricInfo("share", definition, better, "share", slices=slices, **more)


def _minutes(definition: str, slices: Any = _TICKET_SLICES) -> MetricInfo:
    return MetricInfo("minutes", definition, "low", stats=STATS, slices=slices)


def _count(definition: str, slices: Any = _TICKET_SLICES) -> MetricInfo:
    return MetricInfo("number", definition, None, slices=slices)


METRICS: dict[str, MetricInfo] = {
    "response_sla": _share(
        "first responses within the promise / tickets created in the window with a response promise, less merged ones,"
        " those abandoned before the target and those undecided at the end; tier and team: who responded",
        "high",
    ),
    "resolution_sla": _share(
        "first resolutions within the promise / tickets created in the window with a resolution promise, less merged"
        " ones, those abandoned or closed unanswered before the target and those undecided at the end; tier and team:"
        " who resolved",
        "high",
    ),
    "reopened_resolution_sla": _share(
        "resolutions of reopened tickets within the promise, the clock starting anew with each reopening / reopenings"
        " in the window with a resolution promise, less those undecided at the end",
        "high",
    ),
    "response_undecided": _count(
        "tickets created in the window whose first response was neither given nor overdue at the end", _CONTACT_SLICES
    ),
    "response_excluded": _count(
        "tickets created in the window whose customer gave up before the first response was due, and merged ones",
        _CONTACT_SLICES,
    ),
    "resolution_undecided": _count(
        "tickets created in the window whose first resolution was neither reached nor overdue at the end",
        _CONTACT_SLICES,
    ),
    "resolution_excluded": _count(
        "tickets created in the window whose customer gave up or was asked in vain before the first resolution was due,"
        " and merged ones",
        _CONTACT_SLICES,
    ),
    "severe_response_breach": _share("first responses later than 2 x the promise / the tickets of response_sla", "low"),
    "severe_resolution_breach": _share(
        "first resolutions later than 2 x the promise / the tickets of resolution_sla", "low"
    ),
    **{
        f"{kind}_warning_{share}": _share(
            f"first {kind}s whose clock used more than {share} % of the promise, those later than promised included"
            f" / the tickets of {kind}_sla",
            "low",
        )
        for kind in ("response", "resolution")
        for share in (50, 80, 90)
    },
    "update_sla": _share(
        "tickets whose customer never went longer than sla.updates without a word, from the first response to the"
        " resolution, on the SLA clock less pauses for the customer; the end of each touch is a word / tickets created"
        " in the window with such a promise and a first response, less those open at the end that kept it so far and"
        " merged ones",
        "high",
        _CONTACT_SLICES,
    ),
    "service_level": _share(
        "live contacts answered within sla.service_level.within / live contacts offered in the window, abandoned ones"
        " included, less those who gave up before ignore_abandons_before and those who may yet be answered in time at"
        " the end",
        "high",
        _CONTACT_SLICES,
    ),
    "service_level_answered": _share(
        "live contacts answered within sla.service_level.within / live contacts answered",
        "high",
        _CONTACT_SLICES,
    ),
    "wait_minutes": _minutes(
        "arrival at the floor to first start of work, or to giving up; all tickets created in the window;"
        " tier: where it entered; team: who started"
    ),
    "wait_served_minutes": _minutes(
        "arrival at the floor to first start of work; tickets created in the window that were started"
    ),
    "visit_wait_minutes": _minutes(
        "joining a tier's queue (by arrival, escalation, hand-back or reopening) to the start of work there;"
        " visits of tickets created in the window; tier: the tier visited",
        _TICKET_SLICES,
    ),
    "first_response_minutes": _minutes(
        "creation to the first human answer, elapsed time; tickets created in the window that got one"
    ),
    "first_response_business_minutes": _minutes(
        "creation to the first human answer in minutes of the ticket's SLA calendar; tickets created in the window"
        " that got one"
    ),
    "resolution_minutes": _minutes(
        "creation to the last resolve, elapsed time, waiting for the customer included; tickets created in the window"
        " that were resolved"
    ),
    "resolution_business_minutes": _minutes(
        "creation to the first resolve in minutes of the ticket's SLA calendar, less sla.pauses; tickets created in"
        " the window that were resolved"
    ),
    "asa_minutes": MetricInfo(
        "minutes",
        "mean wait of answered live contacts created in the window (average speed of answer)",
        "low",
        slices=_CONTACT_SLICES,
    ),
    "occupancy": MetricInfo(
        "share", "handling / (handling + available and idle), shrinkage excluded", None, "ratio", slices=_PEOPLE_SLICES
    ),
    "utilization": MetricInfo(
        "share", "handling / paid time on shift, overtime included", None, "ratio", slices=_PEOPLE_SLICES
    ),
    "paid_hours": MetricInfo(
        "hours", "rostered hours, breaks and absence included, overtime not", None, slices=_PEOPLE_SLICES
    ),
    "handling_hours": MetricInfo("hours", "agents' time with a ticket in hand", None, slices=_PEOPLE_SLICES),
    "overtime_hours": MetricInfo(
        "hours",
        "planned overtime, and agents' time with a ticket in hand outside of it and of their paid shifts",
        "low",
        slices=_PEOPLE_SLICES,
    ),
    "most_overtime_hours": MetricInfo(
        "hours",
        "the most overtime of one person in a week of the window, Monday to Sunday; it counts in the week in which it"
        " begins",
        "low",
        slices=_PEOPLE_SLICES,
    ),
    "shrinkage": MetricInfo(
        "share",
        "paid time off the floor (breaks, meetings, absence ...) / paid time, planned overtime included",
        None,
        "ratio",
        slices=_PEOPLE_SLICES,
    ),
    "playbook_firings": MetricInfo("number", "times a playbook fired in the window", "low", slices=(("playbook",),)),
    "playbook_hours": MetricInfo(
        "hours",
        "hours of the window in which a playbook burned, added up over the playbooks",
        "low",
        slices=(("playbook",),),
    ),
    "called_off_hours": MetricInfo(
        "hours",
        "agents' paid time on the floor instead of in a meeting, a training or the like that a playbook called off",
        None,
        slices=_PEOPLE_SLICES,
    ),
    "lent_hours": MetricInfo(
        "hours", "rostered hours for which a playbook lends people to another team", None, slices=_PEOPLE_SLICES
    ),
    "borrowed_hours": MetricInfo(
        "hours", "rostered hours of other teams' people whom a playbook borrows", None, slices=_PEOPLE_SLICES
    ),
    "pages": MetricInfo("number", "times somebody on call was paged in the window", "low", slices=_PEOPLE_SLICES),
    "vacant_hours": MetricInfo(
        "hours", "rostered hours that nobody has or is paid for, because somebody left", "low", slices=_PEOPLE_SLICES
    ),
    "fcr": _share(
        "tickets resolved by the first tier that touched them, never escalated, not reopened within 7 days / resolved"
        " tickets created in the window",
        "high",
        assumed=True,
    ),
    "one_touch": _share(
        "tickets resolved in a single touch and not reopened within 7 days / resolved tickets created in the window",
        "high",
        assumed=True,
    ),
    "reopen_rate": _share(
        "tickets reopened at least once / tickets resolved at least once, created in the window", "low", assumed=True
    ),
    "escalation_rate": _share(
        "visits to a tier that ended with the next tier / visits that ended, of tickets created in the window;"
        " tier and team: who escalated",
        "low",
        _TICKET_SLICES,
        assumed=True,
    ),
    "clock_escalation_rate": _share(
        "visits to a tier that ended because the SLA clock took the ticket to a higher one (sla.escalate) / visits that"
        " ended so or by somebody's work, of tickets created in the window; tier: from which it was taken",
        "low",
        (*_CONTACT_SLICES[:4], ("tier",)),
    ),
    "hand_back_rate": _share(
        "visits to a tier that ended with the tier below / visits that ended, of tickets created in the window;"
        " tier and team: who handed back",
        "low",
        _TICKET_SLICES,
        assumed=True,
    ),
    "deflection_rate": _share(
        "contacts solved by self-service for good / contacts that arrived in the window",
        "high",
        _CONTACT_SLICES,
        assumed=True,
    ),
    "rebound_rate": _share(
        "contacts that left self-service as solved and came back as a ticket / contacts that left it as solved,"
        " arrived in the window",
        "low",
        _CONTACT_SLICES,
        assumed=True,
    ),
    "turned_away_rate": _share(
        "contacts outside the opening hours of their channel, or that found all its lines taken / contacts that"
        " arrived in the window",
        "low",
        _CONTACT_SLICES,
    ),
    "abandonment": _share(
        "live contacts who gave up waiting at least once / live tickets created in the window, those who gave up before"
        " sla.service_level.ignore_abandons_before left out of both",
        "low",
        _CONTACT_SLICES,
    ),
    "call_back_rate": _share(
        "live contacts that took a call-back / live tickets created in the window", None, _CONTACT_SLICES
    ),
    "closed_unanswered_rate": _share(
        "tickets closed because the customer did not answer / tickets created in the window",
        None,
        _CONTACT_SLICES,
        assumed=True,
    ),
    "merged_rate": _share(
        "tickets merged into an earlier one on the same problem / tickets created in the window",
        None,
        _CONTACT_SLICES,
        assumed=True,
    ),
    "linked_rate": _share(
        "tickets resolved together with the incident they are about / tickets created in the window",
        None,
        _CONTACT_SLICES,
        assumed=True,
    ),
    "contacts": _count("contacts that arrived in the window, before self-service", _CONTACT_SLICES),
    "tickets": _count(
        "tickets created in the window; tier: where they entered; team: who started",
    ),
    "resolved": _count("tickets created in the window that were resolved and stayed so; tier and team: who resolved"),
    "backlog": MetricInfo(
        "number",
        "open tickets at each whole hour of the window, waiting for the customer included; tier: where they are",
        "low",
        stats=("mean", "max"),
        slices=(("priority",), ("segment",), ("channel",), ("category",), ("tier",)),
    ),
    "backlog_age_minutes": MetricInfo(
        "minutes",
        "time since creation of the open tickets, mean over tickets and whole hours of the window",
        "low",
        slices=(("tier",),),
    ),
    "seat_cost": MetricInfo(
        "money",
        "seat_cost of everybody for the weeks of the window with a shift of theirs, a month being 30.4375 days",
        "low",
        slices=_PEOPLE_SLICES,
    ),
    "sla_credits": MetricInfo(
        "money",
        "sla.credits for responses and first resolutions, of tickets created in the window, that broke their promise",
        "low",
        slices=_CONTACT_SLICES,
    ),
    "cost_total": MetricInfo(
        "money",
        "paid hours x hourly_cost + overtime hours x hourly_cost x overtime_factor + duty on call + seat_cost, in the"
        " window; without a team or tier sla_credits, too",
        "low",
        slices=_PEOPLE_SLICES,
    ),
    "cost_per_ticket": MetricInfo("money", "cost_total / tickets created in the window", "low", "ratio"),
}
"""Every metric by name, in the order of reports."""


@dataclass(frozen=True)
class MetricKey:
    """A number that is measured and can be promised.

    Args:
        metric: a name of `METRICS`.
        stat: a member of the metric's stats, None where it is one number.
        slices: (dimension, member) pairs in the order of the metric's slices; empty for everything together.
    """

    metric: str
    stat: str | None
    slices: Slice = ()

    def __str__(self) -> str:
        stat = f".{self.stat}" if self.stat not in (None, "mean") else ""
        slices = ", ".join(f"{dimension}={member}" for dimension, member in self.slices)
        return f"{self.metric}{stat}" + (f"[{slices}]" if slices else "")


_KEY = re.compile(r"^\s*(?P<metric>\w+)(?:\.(?P<stat>\w+))?\s*(?:\[(?P<slices>[^\[\]]*)\])?\s*$")


def parse_target_key(text: str) -> MetricKey:
    """Return the parts of ``wait_minutes.p90[channel=chat]``.

    Raises:
        ValueError: unknown metric, statistic or dimension, with what was meant instead.
    """
    match = _KEY.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no metric, expected for instance 'wait_minutes.p90[channel=chat]'")
    name = match["metric"]
    if name not in METRICS:
        raise ValueError(f"unknown metric {name!r}, {expected_one_of(name, list(METRICS))}")
    info, stat = METRICS[name], match["stat"]
    if stat is not None and not info.stats:
        raise ValueError(f"{name} is a single number, expected {name!r} without '.{stat}'")
    if stat is not None and stat not in info.stats:
        raise ValueError(f"unknown statistic {stat!r} of {name}, expected one of {', '.join(info.stats)}")
    return MetricKey(name, stat or (info.stats[0] if info.stats else None), _parse_slices(name, match["slices"]))


def _parse_slices(name: str, text: str | None) -> Slice:
    if text is None:
        return ()
    stated: dict[str, str] = {}
    for part in text.split(","):
        dimension, equals, member = (piece.strip() for piece in part.partition("="))
        if not equals or not member:
            raise ValueError(f"{part.strip()!r} is no slice, expected for instance 'priority=P1'")
        if dimension in stated:
            raise ValueError(f"{dimension} is named twice in [{text}]")
        stated[dimension] = member
    allowed = METRICS[name].slices
    for combination in allowed:
        if sorted(combination) == sorted(stated):
            return tuple((dimension, stated[dimension]) for dimension in combination)
    raise ValueError(
        f"{name} is not measured by {' and '.join(stated)}, expected "
        + (f"one of {', '.join(' + '.join(names) for names in allowed)}" if allowed else "no slice")
    )


def parse_bound(metric: str, value: Any) -> float:
    """Return a target's bound in the metric's unit: shares 0..1, minutes, hours or a plain number.

    Raises:
        ValueError: the value has the wrong unit, with an example.
    """
    unit = METRICS[metric].unit
    try:
        if unit == "share":
            return parse_share(value)
        if unit in ("minutes", "hours"):
            return parse_duration(value) / (MINUTE_MS if unit == "minutes" else HOUR_MS)
    except ValueError as error:
        raise ValueError(f"{metric} is measured in {'percent' if unit == 'share' else unit}: {error}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{metric} is a plain number: {value!r} is none, expected for instance 12.5")
    return float(value)


def parse_bounds(metric: str, at_least: Any, at_most: Any, between: Sequence[Any] | None) -> tuple[float, float]:
    """Return (low, high) of a target in the metric's unit; an end that is not bounded is infinite.

    Raises:
        ValueError: a bound has the wrong unit, or the ends of ``between`` are not in order.
    """
    if between is not None:
        low, high = (parse_bound(metric, end) for end in between)
        if low >= high:
            raise ValueError(f"{between[0]} is not below {between[1]}, expected the lower end first")
        return low, high
    low = -math.inf if at_least is None else parse_bound(metric, at_least)
    high = math.inf if at_most is None else parse_bound(metric, at_most)
    return low, high
