"""Small scenarios at random, as somebody might write them: valid, with any mixture of features."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Tree = dict[str, Any]
Values = st.SearchStrategy[Any]

TIERS = ("L1", "L2", "L3")
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
SKILLS = ("general", "billing", "code")
# Clocks change on the second and third day of the second and fourth; the last has a month's end.
STARTS = (date(2026, 1, 5), date(2026, 3, 7), date(2026, 7, 31), date(2026, 10, 31), date(2026, 4, 29))
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
CALENDARS = {
    "office": {"mon-fri": "09:00-17:00", "holidays": "US"},
    "split": {"daily": ["08:00-12:00", "13:00-18:30"]},
    "nights": {"mon-sat": "22:00-06:00"},
}
SHIFTS = {
    "core": "09:00-17:00",
    "early": "06:00-14:00",
    "night": "22:00-06:00",
    "split": ["08:00-12:00", "15:00-19:00"],
    "brief": "12:00-12:10",
}

shares = st.sampled_from(["0%", "5%", "30%", "60%"])
moving_shares = st.one_of(shares, st.just({"from": "10%", "to": "50%", "by": "2 days"}))
briefly = st.sampled_from(["30 s", "2 min", "7 min", "20 min"])
longer = st.sampled_from(["20 min", "2 h", "9 h", "1 day"])
promises = st.one_of(longer, st.sampled_from(["15 min", "1 business day", "2 business days"]))
days = st.sampled_from(["daily", "mon-fri", "sat,sun", "mon", "wed-sat"])


def mapping(required: Mapping[str, Values] | None = None, **optional: Values) -> Values:
    """Return what draws a mapping with the required keys and any of the optional ones; ``as_`` stands for ``as``."""
    return st.fixed_dictionaries(
        dict(required or {}), optional={key.rstrip("_"): value for key, value in optional.items()}
    )


def durations(times: Values) -> Values:
    """Return what draws distributions about such times."""
    return st.one_of(
        times,
        st.builds(lambda mean: {"exponential": {"mean": mean}}, times),
        st.builds(lambda mean, cv: {"lognormal": {"mean": mean, "cv": cv}}, times, st.sampled_from([0.5, 1.5])),
        st.builds(lambda mean: {"gamma": {"mean": mean, "cv": 0.7}}, times),
        st.builds(lambda mean: {"weibull": {"mean": mean, "shape": 0.8}}, times),
        st.just({"uniform": ["1 min", "30 min"]}),
        st.just({"triangular": {"low": "1 min", "mode": "2 min", "high": "40 min"}}),
    )


@st.composite
def parts(draw: st.DrawFn, names: Sequence[str]) -> dict[str, str]:
    """Return shares of the names that sum to 100 %; some may be 0 %."""
    cuts = [0, *sorted(draw(st.integers(0, 20)) for _ in names[1:]), 20]
    return {name: f"{5 * (high - low)}%" for name, (low, high) in zip(names, pairwise(cuts), strict=True)}


FILES = "files"
"""No part of a scenario: what lies beside it, by name; see `write`."""


def write(file: Path, tree: Tree) -> None:
    """Write a scenario, and what lies beside it."""
    for name, text in tree.get(FILES, {}).items():
        (file.parent / name).write_text(text, encoding="utf-8")
    text = json.dumps({key: value for key, value in tree.items() if key != FILES}, indent=1)
    file.write_text(text, encoding="utf-8")


@st.composite
def scenarios(draw: st.DrawFn) -> Tree:
    """Return a valid scenario of a few days and a few dozen contacts."""
    start, length = draw(st.sampled_from(STARTS)), draw(st.integers(1, 3))
    tiers = TIERS[: draw(st.integers(1, 3))]
    demand = draw(demands(tiers))
    skills = sorted({category["skill"] for category in demand["categories"].values()})
    teams = draw(all_teams(tiers, skills, list(demand["channels"]), start))
    promised = draw(st.booleans())
    files = draw(tables(demand, teams))
    scenario: Tree = {
        "name": "random",
        "period": {
            "start": str(start), "length": f"{length} days", "warm_up": draw(st.sampled_from([0, "1 day"])),
            "run_out": draw(st.sampled_from(["1 day", "5 days"])), "timezone": draw(st.sampled_from(ZONES)),
        },
        "calendars": CALENDARS,
        "demand": demand,
        "self_service": draw(layers(list(demand["segments"]))),
        "work": draw(works(tiers, promised)),
        "shifts": SHIFTS,
        "teams": teams,
        "routing": draw(routings(demand, teams, tiers, skills, promised)),
        "events": draw(st.lists(events(start, length, list(demand["categories"]), list(teams)), max_size=2)),
        "changes": draw(st.lists(changes(start, list(demand["categories"])), max_size=1)),
    }  # fmt: skip
    if draw(st.booleans()):
        scenario["start"] = {"backlog": draw(st.lists(on_hand(demand), min_size=1, max_size=2))}
    if draw(st.booleans()):
        plays = playbooks(demand, teams, scenario["routing"])
        scenario["playbooks"] = draw(st.lists(plays, min_size=1, max_size=3))
    if files:
        scenario[FILES] = files
    if promised:
        scenario["sla"] = draw(policies(list(demand["segments"]), tiers, "follow_up" in scenario["work"]))
    return scenario


@st.composite
def demands(draw: st.DrawFn, tiers: Sequence[str]) -> Tree:
    channels = draw(all_channels())
    names = [f"kind{number}" for number in range(draw(st.integers(1, 3)))]
    categories = {
        name: {
            "share": share,
            "skill": draw(st.sampled_from(SKILLS)),
            "priority": draw(parts(draw(st.lists(st.sampled_from(PRIORITIES), min_size=1, max_size=3, unique=True)))),
            **draw(entries(tiers)),
        }
        for name, share in draw(parts(names)).items()
    }
    more = mapping(
        growth=st.just({"rate": "20%", "per": "week"}),
        busyness=st.just("40%"),
        seasons=mapping(
            weekday=st.just({"mon-fri": 1, "sat": 0.5, "sun": 0}),
            month_end=mapping({"last": st.just("2 days"), "factor": st.just(2)}, categories=st.just(names[:1])),
        ),
        duplicates=mapping(
            {"share": shares},
            after=durations(longer),
            merge=briefly,
            as_=st.just("email"),
        ),
    )
    return {
        "contacts": {
            "count": draw(st.sampled_from([0, 1, 15, 50])),
            "per": draw(st.sampled_from(["day", "day", "week"])),
        },
        "channels": channels,
        "segments": draw(parts(["large", "small"][: draw(st.integers(1, 2))])),
        "categories": categories,
        **draw(more),
    }


@st.composite
def entries(draw: st.DrawFn, tiers: Sequence[str]) -> Tree:
    """Return where a category's tickets enter."""
    place = draw(st.integers(0, len(tiers) - 1))
    entry: Tree = {"enters": tiers[place]}
    if place + 1 < len(tiers) and draw(st.booleans()):
        entry["straight_to"] = {tiers[-1]: draw(shares)}
    return entry


@st.composite
def all_channels(draw: st.DrawFn) -> Tree:
    """Return e-mail, which is always open, and perhaps others."""
    opening = st.sampled_from(list(CALENDARS))
    closed = st.one_of(st.sampled_from(["turned_away", "held"]), st.just({"as": "email"}))
    patience = durations(briefly)
    abandoned = mapping({"retry": shares}, after=durations(briefly), as_=st.just("email"))
    call_back = mapping({"accepts": shares}, after=briefly)
    hours = st.one_of(
        st.sampled_from(["flat", "business_day", "phone_day"]).map(lambda name: {"profile": name}),
        st.just({"weights": {"08-12": 3, "22-02": 2}}),
    )
    drawn = {
        "email": mapping(hours=hours),
        "web": mapping({"open": opening}, hours=hours, closed=closed),
        "phone": mapping(
            {"patience": patience}, abandoned=abandoned, call_back=call_back, lines=st.integers(1, 3), hours=hours
        ),
        "chat": mapping({"patience": patience, "open": opening}, concurrency=st.integers(2, 3), closed=closed),
        "video": st.just({"live": True}),
    }
    names = ["email", *draw(st.lists(st.sampled_from(list(drawn)[1:]), max_size=3, unique=True))]
    channels = {name: {"share": share, **draw(drawn[name])} for name, share in draw(parts(names)).items()}
    if "concurrency" in channels.get("chat", {}) and draw(st.booleans()):
        channels["chat"]["slowdown"] = "20%"
    return channels


@st.composite
def layers(draw: st.DrawFn, segments: Sequence[str]) -> Tree:
    layer = mapping(
        {"deflects": moving_shares},
        takes=durations(briefly),
        rebound=shares,
        rebound_after=durations(longer),
        skips=st.just(list(segments[:1])),
    )
    return {f"layer{number}": draw(layer) for number in range(draw(st.integers(0, 2)))}


@st.composite
def works(draw: st.DrawFn, tiers: Sequence[str], promised: bool) -> Tree:
    outside = mapping({"share": shares, "takes": durations(longer)})
    attempts = mapping({"fails": moving_shares}, at_most=st.integers(1, 3), work=shares)
    found: Tree = {}
    for tier in tiers:
        more: dict[str, Values] = {
            "before_escalation": shares, "asks_customer": moving_shares, "per_reply": briefly, "needs_fix": outside,
            "needs_third_party": outside,
        }  # fmt: skip
        if tier != tiers[-1]:
            more["escalates"] = moving_shares
        if tier != tiers[0]:
            more["hands_back"] = st.just("20%")
        if tier != tiers[-1] or tier == "L3":
            more["attempts"] = attempts
        found[tier] = draw(mapping({"handle": durations(briefly)}, **more))
    lost = mapping({"share": shares}, work=briefly)
    reopen = mapping({"share": shares}, after=durations(longer), to=st.sampled_from(["resolver", "entry"]), work=shares)
    follow_up = mapping(every=longer, times=st.integers(1, 2), work=briefly, never_answers=shares)
    return found | draw(
        mapping(
            first_reply=briefly, customer_reply=durations(longer), reopen=reopen, handed_back_work=shares,
            visits=st.integers(1, 6), handover=mapping(reading_in=briefly, context_lost=lost), follow_up=follow_up,
        )
    )  # fmt: skip


def rosters(most: int = 3) -> Values:
    """Return what draws some heads on some days; on days apart from each other, so that no day is named twice."""
    heads = st.dictionaries(st.sampled_from(list(SHIFTS)), st.integers(1, most), min_size=1, max_size=2)
    return st.one_of(
        heads.map(lambda each: {"daily": each}),
        st.builds(lambda week, end: {"mon-fri": week, "sat": end}, heads, heads),
    )


@st.composite
def all_teams(
    draw: st.DrawFn, tiers: Sequence[str], skills: Sequence[str], channels: Sequence[str], start: date
) -> Tree:
    """Return for each tier a team that takes everything, and perhaps one that takes some of it."""
    teams: Tree = {}
    for tier in tiers:
        speeds = {skill: draw(st.sampled_from([0.5, 1, 1.3])) for skill in skills}
        some = draw(st.lists(st.sampled_from(skills), min_size=1, unique=True))
        first, second = f"{tier}_all", f"{tier}_some"
        teams[first] = {"tier": tier, "skills": draw(st.sampled_from([list(skills), speeds])), **draw(crews(start))}
        if draw(st.booleans()):
            narrow = draw(st.lists(st.sampled_from(channels), min_size=1, unique=True))
            teams[second] = {"tier": tier, "skills": some, "channels": narrow, **draw(crews(start))}
            if draw(st.booleans()):
                teams[first]["hands_over_to"] = [second]
    return teams


@st.composite
def crews(draw: st.DrawFn, start: date) -> Tree:
    """Return who is in a team, and when off the floor."""
    shrinkage = mapping(
        breaks=st.just(["1 min", {"takes": "2 min", "at": "12:05"}]),
        meetings=st.one_of(st.just("10%"), st.just([{"takes": "2 min", "on": "mon", "at": "10:00"}])),
        training=st.just("15%"),
        coaching=st.just([{"takes": "1 min"}]),
        paired_coaching=st.just({"takes": "5 min"}),
        absence=shares,
    )
    ramp = st.just(["0%", "50%"])
    hire = mapping({"starts": st.just(str(start + timedelta(days=1))), "works": st.just({"daily": "core"})}, ramp=ramp)
    crew = draw(
        mapping(
            shrinkage=shrinkage,
            hires=st.lists(hire, max_size=2),
            attrition=mapping({"rate": st.just("99%")}, replaced_after=st.just("1 day"), ramp=ramp),
            timezone=st.sampled_from(ZONES),
            holidays=st.just([str(start)]),
            overtime=st.just(
                {
                    "planned": [{"from": str(start), "until": str(start + timedelta(days=1)), "adds": "30 min"}],
                    "at_most": "45 min",
                }
            ),
        )
    )
    if draw(st.booleans()):
        return crew | {"roster": draw(rosters())}
    works = st.sampled_from([{"daily": "core"}, {"mon-fri": "early", "sat": "night"}, {"sat,sun": "split"}])
    person = mapping({"works": works}, speed=st.sampled_from([0.6, 1.4]), starts=st.just(str(start)))
    return crew | {"people": {f"person{number}": draw(person) for number in range(draw(st.integers(1, 3)))}}


@st.composite
def routings(
    draw: st.DrawFn, demand: Tree, teams: Tree, tiers: Sequence[str], skills: Sequence[str], promised: bool
) -> Tree:
    order = draw(st.sampled_from(["fifo", "priority", "shortest_first", *(["earliest_due"] if promised else [])]))
    assignment = draw(st.sampled_from(["shared_queue", "round_robin", "least_loaded", "same_agent"]))
    more: dict[str, Values] = {
        "owns_at_most": st.integers(1, 3),
        "preempt": st.sampled_from([["P1"], ["P1", "P2", "live"], ["live"]]),
        "live_first": st.booleans(),
        "seniority": st.sampled_from(["wait", "ticket"]),
        "pick": st.sampled_from(["longest_idle", "fewest_skills"]),
        "at_shift_end": mapping(deferrable=st.sampled_from(["suspend", "finish"]), grace=briefly),
        "reassign_after": st.sampled_from([0, "2 h", "1 business day"]),
        "fallback": st.builds(
            lambda skill, tier, team, after: {skill: {tier: {"team": team, "after": after}}},
            st.sampled_from(list(skills)), st.sampled_from(list(tiers)), st.sampled_from(list(teams)), briefly,
        ),
    }  # fmt: skip
    if draw(st.booleans()):
        more["swarm"] = mapping(
            {"agents": st.integers(2, 3), "each_adds": st.sampled_from(["60%", "100%"])},
            priorities=st.sampled_from([["P1", "P2"], list(PRIORITIES)]), tiers=st.just(list(tiers)),
        )  # fmt: skip
    if order != "fifo":
        more["aging"] = mapping({"every": briefly}, raises=st.integers(1, 3))
    if assignment == "same_agent":
        more["owner_waits"] = briefly
    if "concurrency" in demand["channels"].get("chat", {}):
        more |= {"blending": st.booleans(), "next_chat": st.sampled_from(["emptiest", "busiest"])}
    if draw(st.booleans()):
        duty = mapping(
            calendar=st.sampled_from(["always", *CALENDARS]), priorities=st.sampled_from([["P1"], ["P1", "P2"]]),
            responds=durations(briefly), every=st.just("1 day"), rest=longer, at_most=longer,
        )  # fmt: skip
        teams[draw(st.sampled_from(list(teams)))]["on_call"] = draw(duty)
    return {"order": order, "assignment": assignment, **draw(mapping(**more))}


@st.composite
def events(draw: st.DrawFn, start: date, length: int, categories: Sequence[str], teams: Sequence[str]) -> Tree:
    at = f"{start + timedelta(days=draw(st.integers(0, length - 1)))} {draw(st.integers(0, 23)):02}:30"
    lasts = draw(st.sampled_from(["1 h", "5 h"]))
    always: Tree = {"at": at, "lasts": lasts}
    common: dict[str, Values] = {"onset": briefly, "fades": longer, "categories": st.just(list(categories[:1]))}
    if draw(st.booleans()):
        return {"holiday": always | draw(mapping(**common))}
    more: dict[str, Values] = {
        "priority": st.sampled_from(PRIORITIES), "volume": st.sampled_from(["+50%", "+900%"]),
        "status_page": mapping({"share": shares}, after=briefly), "self_service": st.sampled_from([0, 0.5, 2]),
        "review": mapping({"team": st.sampled_from(teams), "agents": st.integers(1, 2)}, takes=briefly, after=briefly),
    }  # fmt: skip
    if draw(st.booleans()):
        always["known_after"] = draw(briefly)
        room = mapping({"team": st.sampled_from(teams), "agents": st.integers(1, 2)})
        more |= {"linked": shares, "linked_handle": briefly, "war_room": room}
    return {"outage": always | draw(mapping(**common, **more))}


def changes(start: date, categories: Sequence[str]) -> Values:
    """Return what draws something that is different from a date on."""
    return mapping(
        {"from": st.just(str(start)), "volume": st.sampled_from(["-50%", "+100%"])},
        by=st.just("1 day"), categories=st.just(list(categories[:1])), handle=st.just("+20%"),
    )  # fmt: skip


@st.composite
def policies(draw: st.DrawFn, segments: Sequence[str], tiers: Sequence[str], asked_again: bool) -> Tree:
    promised = st.dictionaries(st.sampled_from(PRIORITIES), promises, min_size=1, max_size=3)
    stops = ["pending_customer", "third_party", "engineering", *(["unresponsive"] if asked_again else [])]
    calendar = st.one_of(st.sampled_from(["always", "office"]), st.just({"P1": "always", "default": "split"}))
    own = mapping(response=promised, calendar=calendar)
    goes = [{"notify": "management"}, *([{"to": "next_tier"}, {"to": tiers[-1]}] if len(tiers) > 1 else [])]
    when = [{"at": "50%"}, {"at": "100%", "of": "response"}, {"after": "20 min"}, {"after": "2 h"}]
    rule = st.builds(lambda clock, way: clock | way, st.sampled_from(when), st.sampled_from(goes))
    return draw(
        mapping(
            {"response": promised, "resolution": promised},
            calendar=calendar, updates=promised, pauses=st.lists(st.sampled_from(stops), unique=True),
            segments=st.just({segments[0]: 2}), by_segment=own.map(lambda one: {segments[-1]: one}),
            service_level=mapping(within=briefly, ignore_abandons_before=briefly),
            escalate=st.lists(rule, min_size=1, max_size=2, unique_by=str),
        )
    )  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, demand: Tree, teams: Tree) -> dict[str, str]:
    """Have the volume or a team's heads come from a file, or not; return the files, each of an ordinary week."""
    files: dict[str, str] = {}
    channels = demand["channels"]
    if draw(st.integers(0, 3)) == 0:
        for key in ("contacts", "growth", "seasons"):
            demand.pop(key, None)
        for channel in channels.values():
            channel.pop("share")
            channel.pop("hours", None)
        demand["forecast"] = {"file": "contacts.csv", "unlisted": "none"}
        hours = {f"daily {hour:02}:00": [1 + hour % 3] * len(channels) for hour in range(8, 18)}
        files["contacts.csv"] = _csv(list(channels), hours)
    for name, team in teams.items():
        if "roster" in team and draw(st.integers(0, 3)) == 0:
            team["roster"] = {
                "file": f"{name}.csv",
                "unlisted": "none",
                "longest": draw(st.sampled_from(["4 h", "8 h"])),
            }
            heads = {f"daily {hour:02}:00": [1 + (10 <= hour < 14)] for hour in range(7, 19)}
            files[f"{name}.csv"] = _csv([name], heads)
    return files


def _csv(columns: list[str], rows: dict[str, list[int]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in [["start", *columns], *([a, *b] for a, b in rows.items())])


def on_hand(demand: Tree) -> Values:
    """Return what draws tickets that are open at the beginning."""
    return mapping(
        {"tickets": st.integers(1, 8), "age": durations(longer)},
        oldest=st.just("2 days"), category=st.sampled_from(list(demand["categories"])),
        priority=st.sampled_from(PRIORITIES), segment=st.sampled_from(list(demand["segments"])),
        channel=st.just("email"),
    )  # fmt: skip


@st.composite
def playbooks(draw: st.DrawFn, demand: Tree, teams: Tree, routing: Tree) -> Tree:
    """Return a playbook that does what its team and the routing let it do."""
    name = draw(st.sampled_from(list(teams)))
    team, when = teams[name], {"team": name, **draw(LOOKS)}
    until = draw(st.sampled_from([{"queue": "< 1"}, {"queue": "<= 1"}])) if "queue" in when else {"wait": "< 2 min"}
    watched = draw(st.sampled_from([(), ("P1", "P2", "P3")]))
    if watched:
        when["priorities"] = list(watched)
    does: dict[str, Values] = {
        "back_ups": mapping({"agents": st.integers(1, 2)}, after=briefly, stay=longer),
    }
    live = [one for one, stated in demand["channels"].items() if one == "video" or "patience" in stated]
    patient = [one for one in live if one != "video"]
    if live:
        does["turn_off"] = st.just(live[-1:])
    if patient and patient != live[-1:]:
        does["call_back"] = st.just(patient[:1])
    if "on_call" not in team:
        does["overtime"] = longer
        kinds = [kind for kind in ("training", "meetings", "coaching") if kind in team.get("shrinkage", {})]
        if kinds:
            does["cancel"] = st.just(kinds)
    if watched:
        does["defer"] = st.sampled_from([["P4"], ["P4", "P5"]])
    lenders = [
        other for other, their in teams.items()
        if other != name and "on_call" not in their and set(team["skills"]) <= set(their["skills"])
    ]  # fmt: skip
    if lenders:
        does["borrow"] = mapping({"from": st.sampled_from(lenders)}, agents=st.integers(1, 2))
    chosen = draw(st.lists(st.sampled_from(list(does)), min_size=1, max_size=3, unique=True))
    timing = mapping(
        every=st.sampled_from(["5 min", "30 min"]), during=st.sampled_from(["always", *CALENDARS]), at_least=briefly,
        cool_down=briefly, at_most=st.integers(1, 2), level=st.sampled_from(["yellow", "red"]),
    )  # fmt: skip
    return {"when": when, "until": until, "do": {key: draw(does[key]) for key in chosen}, **draw(timing)}


LOOKS = st.sampled_from(
    [
        {"queue": "> 1"},
        {"queue": "> 4"},
        {"wait": "> 5 min"},
        {"wait": "> 1 h"},
        {"queue": "> 2", "utilization": ">= 80%"},
    ]
)
"""When a playbook fires."""
