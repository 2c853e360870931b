"""A commented scenario to start from, made of a few answers."""

from __future__ import annotations

from dataclasses import dataclass

from supportsim.scenario.units import MINUTE_MS, parse_duration, parse_share


@dataclass(frozen=True)
class Answers:
    """What somebody said of their desk, as they would write it in a scenario.

    Args:
        name: of the scenario.
        summary: in one sentence, what is on trial.
        contacts: a month.
        start: first day of the period.
        length: of the period.
        timezone: IANA name.
        days, hours: when people are there, as ``mon-fri`` and ``09:00-17:00``.
        agents: first-tier people on each of those days.
        handle: mean hands-on time of a first-tier visit.
        phone: share of the contacts that call; the others write.
        escalates: share of the first tier's visits that the second tier must finish.
        specialists: second-tier people, where anything is escalated.
        response: how soon most customers are promised a first answer, in hours of service.
        target: the share of answers that must come in time.
        hourly_cost: of a first-tier hour.
    """

    name: str = "desk"
    summary: str = "Does this desk keep its promises?"
    contacts: int = 1500
    start: str = "2026-01-05"
    length: str = "8 weeks"
    timezone: str = "UTC"
    days: str = "mon-fri"
    hours: str = "09:00-17:00"
    agents: int = 5
    handle: str = "12 min"
    phone: str = "30%"
    escalates: str = "15%"
    specialists: int = 2
    response: str = "4 h"
    target: str = "90%"
    hourly_cost: float = 30


DEMO = Answers(
    name="demo",
    summary="Five people, 2,400 contacts a month, of which 30 % call.",
    contacts=2400,
    agents=5,
    response="2 h",
)
"""The desk of `supportsim demo`."""


def starter_text(answers: Answers) -> str:
    """Return the text of a scenario file.

    Raises:
        ValueError: a share or a duration cannot be read.
    """
    parts = [_head(answers), _demand(answers), _work(answers), _teams(answers), _promises(answers)]
    return "\n".join(parts)


def _calls(answers: Answers) -> bool:
    return parse_share(answers.phone) > 0


def _escalates(answers: Answers) -> bool:
    return parse_share(answers.escalates) > 0


def _percent(share: float) -> str:
    return f"{round(100 * share, 6):g}%"


def _head(answers: Answers) -> str:
    return f"""\
# yaml-language-server: $schema=scenario.schema.json
#
# A scenario of supportsim. Change anything, then
#     supportsim validate {answers.name}.yaml      says what does not fit, with its line
#     supportsim run {answers.name}.yaml           says which promises hold
#     supportsim schema > scenario.schema.json     lets editors that read the first line complete and check
name: {answers.name}
summary: {answers.summary}

# Judged from the start on; one week before that is simulated too, so that the desk does not begin empty.
period: {{start: {answers.start}, length: {answers.length}, warm_up: 1 week, timezone: {answers.timezone}}}

calendars:
  service: {{{answers.days}: "{answers.hours}"}}    # when somebody is there; the promises count these hours
"""


def _demand(answers: Answers) -> str:
    phone = parse_share(answers.phone)
    channels = [f"    email: {{share: {_percent(1 - phone)}}}"] if phone < 1 else []
    if _calls(answers):
        channels += [
            "    phone:",
            f"      share: {_percent(phone)}",
            "      hours: {profile: phone_day}",
            "      open: service                   # nobody calls when nobody is there",
            "      patience: {exponential: {mean: 4 min}}",
        ]
        # Who gives up and cannot write instead is gone.
        channels += ["      abandoned: {retry: 50%, after: 20 min, as: email}"] if phone < 1 else []
    return f"""\
demand:
  contacts: {{count: {answers.contacts}, per: month}}    # or by interval: forecast, a CSV file (see the reference)
  busyness: 10%                       # some days are simply busier than others
  seasons: {{weekday: {{mon: 1.3, tue-thu: 1, fri: 0.9, sat-sun: 0.1}}}}
  channels:
{chr(10).join(channels)}
  categories:
    urgent:   {{share: 10%, priority: {{P2: 100%}}}}
    ordinary: {{share: 90%, priority: {{P3: 100%}}}}
"""


def _work(answers: Answers) -> str:
    tiers = [f"  L1: {{handle: {{lognormal: {{mean: {answers.handle}, cv: 0.9}}}}, asks_customer: 20%"]
    if _escalates(answers):
        tiers[0] += f", escalates: {answers.escalates}"
        longer = 3 * parse_duration(answers.handle) / MINUTE_MS
        tiers.append(f"  L2: {{handle: {{lognormal: {{mean: {longer:g} min, cv: 1}}}}, asks_customer: 30%}}")
    tiers[0] += "}"
    return f"""\
work:                                 # hands-on time, wrap-up included; cv: how much it varies
{chr(10).join(tiers)}
  customer_reply: {{lognormal: {{median: 4 h, p90: 24 h}}}}
"""


def _teams(answers: Answers) -> str:
    breaks = "shrinkage: {breaks: [15 min, 30 min, 15 min], meetings: 4%, absence: 4%}"
    teams = [
        f"""\
  frontline:
    tier: L1
    roster: {{{answers.days}: {{day: {answers.agents}}}}}
    {breaks}
    hourly_cost: {answers.hourly_cost:g}"""
    ]
    if _escalates(answers):
        teams.append(
            f"""\
  specialists:
    tier: L2
    roster: {{{answers.days}: {{day: {answers.specialists}}}}}
    {breaks}
    hourly_cost: {1.4 * answers.hourly_cost:g}"""
        )
    live = "\nrouting: {live_first: true}           # a ringing phone goes before letters\n" if _calls(answers) else ""
    return f"""\
shifts: {{day: "{answers.hours}"}}

teams:                                # heads by weekday and shift
{chr(10).join(teams)}
{live}"""


def _promises(answers: Answers) -> str:
    urgent = parse_duration(answers.response) / 4 / MINUTE_MS
    phone = "  abandonment[channel=phone]: {at_most: 5%}\n" if _calls(answers) else ""
    return f"""\
sla:
  calendar: service
  response: {{P2: {urgent:g} min, P3: {answers.response}}}
  resolution: {{P2: 8 h, P3: 24 h}}
  pauses: [pending_customer]          # the clock stops while the customer owes an answer

targets:                              # the design is good if these hold
  response_sla: {{at_least: {answers.target}}}
  response_sla[priority=P2]: {{at_least: {answers.target}}}
  resolution_sla: {{at_least: {answers.target}}}
{phone}  occupancy[team=frontline]: {{at_most: 85%}}

# playbooks:                          # what the lead does when it burns; try it without the marks
#   - {{when: {{team: frontline, queue: "> 30"}}, until: {{queue: "< 10"}}, do: [overtime: 2 h]}}
"""
