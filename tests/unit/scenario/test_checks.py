"""Whether parts that do not fit together are told, and where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from supportsim.scenario.loader import ScenarioError, load_scenario

FaultsOf = Callable[..., list[str]]

SINGLE = [
    (
        "events.0.outage={at: 2026-01-13 10:00, lasts: 4 h, known_after: 0,"
        " fix: {takes: 2 h, category: api, tier: L2}}",
        "events.0.outage.fix: has no effect, no ticket closes with the incident; expected linked too",
    ),
    (
        "events.0.outage={at: 2026-01-13 10:00, lasts: 4 h, known_after: 0, linked: 50%,"
        " fix: {takes: 2 h, category: api}}",
        "events.0.outage.fix: no team of tier L3 has skill 'code', expected one that can work on it",
    ),
    (
        "routing.pick=best_skill",
        "routing.pick: has no effect, everybody is as fast; expected proficiency, for instance skills: {general: 80%}",
    ),
    # Escalation by the clock.
    (
        "sla.escalate=[{at: 80%, of: response, priorities: [P5], notify: boss}]",
        "sla.escalate.0.at: no response is promised to P5, expected sla.response to say what",
    ),
    ("sla.escalate=[{after: 1 h, to: L1}]", "sla.escalate.0.to: nothing is below L1, expected a higher tier"),
    (
        "sla.escalate=[{after: 1 h, to: L3}]",
        "work.L3: missing, but category 'login' is taken from L1 to L3 by its clock; expected {handle: ...}",
    ),
    ("sla.escalate=[{after: 1 h}]", "sla.escalate.0: nothing happens, expected to: a tier, or notify: whom"),
    (
        "sla.escalate=[{after: 1 h, at: 80%, to: L2}]",
        "sla.escalate.0: states at and after and to (null removes an inherited one),"
        " expected either at, a share of the promise, or after, a time",
    ),
    (
        "sla.escalate=[{after: 1 h, of: response, to: L2}]",
        "sla.escalate.0: of has no effect beside after, expected it only with at",
    ),
    # Shares.
    ("demand.channels.email.share=50%", "demand.channels: shares sum to 90%, expected 100%"),
    ("demand.segments={vip: 20%, other: 81%}", "demand.segments: shares sum to 101%, expected 100%"),
    ("demand.categories.api.share=0.1", "demand.categories: shares sum to 80%, expected 100%"),
    (
        "demand.categories.login.priority={P2: 40%}",
        "demand.categories.login.priority: shares sum to 40%, expected 100%",
    ),
    # Names.
    (
        "demand.channels.phone.open=ofice",
        "demand.channels.phone.open: unknown calendar 'ofice', did you mean 'office'?",
    ),
    (
        "sla.calendar={P1: allways, default: office}",
        "sla.calendar.P1: unknown calendar 'allways', did you mean 'always'?",
    ),
    (
        "demand.channels.phone.abandoned.as=mail",
        "demand.channels.phone.abandoned.as: unknown channel 'mail', did you mean 'email'?",
    ),
    ("self_service.articles.skips=[VIP]", "self_service.articles.skips.0: unknown segment 'VIP', did you mean 'vip'?"),
    (
        "self_service.articles.deflects={logn: 3%, default: 1%}",
        "self_service.articles.deflects.logn: unknown category 'logn', did you mean 'login'?",
    ),
    (
        "self_service.articles.deflects={login: 3%}",
        "self_service.articles.deflects: says nothing of api, expected them or a default",
    ),
    ("work.L1.handle={login: 5 min}", "work.L1.handle: says nothing of api, expected them or a default"),
    (
        "work.L2.asks_customer={zzz: 5%, default: 0%}",
        "work.L2.asks_customer.zzz: unknown category 'zzz', expected one of login, api, default",
    ),
    ("teams.front.roster.mon-fri.cor=1", "teams.front.roster.mon-fri.cor: unknown shift 'cor', did you mean 'core'?"),
    (
        "teams.front.channels=[email, phone, fax]",
        "teams.front.channels.2: unknown channel 'fax', expected one of email, phone",
    ),
    ("teams.front.skills=[account, code, cod]", "teams.front.skills.2: unknown skill 'cod', did you mean 'code'?"),
    ("teams.front.skills=[account, code, code]", "teams.front.skills: 'code' is named twice, expected it once"),
    ("routing.fallback={cde: {L1: {team: back}}}", "routing.fallback.cde: unknown skill 'cde', did you mean 'code'?"),
    ("routing.fallback.code.L1.team=bck", "routing.fallback.code.L1.team: unknown team 'bck', did you mean 'back'?"),
    (
        "demand.channels.email.closed=held",
        "demand.channels.email.closed: has no effect, the channel is always open; expected open: a calendar, or nothing"
        " about closed",
    ),
    (
        "demand.channels.phone.closed={as: phone}",
        "demand.channels.phone.closed.as: 'phone' may be closed too, expected a channel that is always open",
    ),
    (
        "demand.channels.email.call_back={accepts: 50%}",
        "demand.channels.email.call_back: has no effect, nobody gives up on this channel; expected patience or nothing"
        " about call_back",
    ),
    (
        "demand.categories.login.straight_to={L1: 5%}",
        "demand.categories.login.straight_to.L1: is not above L1, where the others enter; expected a higher tier",
    ),
    (
        "demand.duplicates={share: 5%, as: mail}",
        "demand.duplicates.as: unknown channel 'mail', did you mean 'email'?",
    ),
    (
        "sla.pauses=[unresponsive]",
        "sla.pauses.0: unresponsive has no effect, nobody is asked again; expected work.follow_up, or another pause",
    ),
    (
        "sla.by_segment={vip: {calendar: ofice}}",
        "sla.by_segment.vip.calendar: unknown calendar 'ofice', did you mean 'office'?",
    ),
    ("work.update=2 min", "work.update: has no effect, nobody is promised any; expected sla.updates to say how often"),
    ("work.follow_up={every: 0}", "work.follow_up.every: is no time at all, expected for instance '2 days'"),
    (
        "targets={update_sla: {at_least: 90%}}",
        "targets.update_sla: nothing is promised, expected sla.updates to say what",
    ),
    (
        "events=[{outage: {at: 2026-02-10 10:00, lasts: 4 h, linked: 50%}}]",
        "events.0.outage.linked: has no effect, nobody knows of the incident; expected known_after too",
    ),
    (
        "events=[{outage: {at: 2026-02-10 10:00, lasts: 4 h, known_after: 5 h}}]",
        "events.0.outage.known_after: is when it is over already, expected at most onset and lasts together",
    ),
    (
        "events=[{outage: {at: 2026-02-10 10:00, lasts: 4 h, review: {team: bck, agents: 1}}}]",
        "events.0.outage.review.team: unknown team 'bck', did you mean 'back'?",
    ),
    (
        "events=[{holiday: {at: 2026-02-10 10:00, lasts: 4 h, status_page: {share: 50%}}}]",
        "events.0.holiday.status_page: has no effect, there are no extra contacts; expected no status_page where the"
        " volume falls",
    ),
    ("sla.segments={vp: 1}", "sla.segments.vp: unknown segment 'vp', did you mean 'vip'?"),
    ("sla.by_segment={vp: {response: {P3: 1 h}}}", "sla.by_segment.vp: unknown segment 'vp', did you mean 'vip'?"),
    (
        "events.0.outage.categories=[apis]",
        "events.0.outage.categories.0: unknown category 'apis', did you mean 'api'?",
    ),
    (
        "demand.seasons={month_end: {last: 3 days, factor: 2, categories: [billing]}}",
        "demand.seasons.month_end.categories.0: unknown category 'billing', expected one of login, api",
    ),
    (
        "period.timezone=America/NewYork",
        "period.timezone: unknown time zone 'America/NewYork', did you mean 'America/New_York'?",
    ),
    ("teams.front.holidays=usa", "teams.front.holidays: unknown country 'usa' of holidays, did you mean 'USA'?"),
    # Time.
    ("period.length=36 h", "period.length: is not whole days, expected for instance '13 weeks' or '90 days'"),
    ("period.length=0", "period.length: is no time at all, expected for instance '13 weeks'"),
    ("period.warm_up=1 h", "period.warm_up: is not whole days, expected for instance '13 weeks' or '90 days'"),
    ("period.length=530 weeks", "period.length: is longer than ten years, expected less"),
    (
        'calendars.office={mon: "09:00-12:00", mon-fri: "13:00-17:00"}',
        "calendars.office.mon-fri: mon is named by 'mon' already, expected each weekday once",
    ),
    (
        "calendars.office={holidays: US}",
        'calendars.office: is never open, expected hours such as {mon-fri: "09:00-17:00"}',
    ),
    (
        'calendars.office={mon: ["09:00-12:00", "11:00-13:00"]}',
        "calendars.office.mon: overlaps itself, expected spans that do not share any time",
    ),
    (
        'calendars.always={mon: "09:00-17:00"}',
        "calendars.always: is open around the clock by definition, expected 24x7 or another name",
    ),
    (
        'shifts.late=["12:00-16:00", "15:00-21:00"]',
        "shifts.late: overlaps itself, expected spans that do not share any time",
    ),
    (
        'shifts.late=["22:00-06:00", "05:00-09:00"]',
        "shifts.late: overlaps itself, expected spans that do not share any time",
    ),
    ("shifts.late=[]", "shifts.late: has no hours, expected for instance '09:00-17:00'"),
    (
        "teams.front.roster.wed={core: 1}",
        "teams.front.roster.wed: wed is named by 'mon-fri' already, expected each weekday once",
    ),
    (
        "demand.seasons={weekday: {daily: 1, sun: 2}}",
        "demand.seasons.weekday.sun: sun is named by 'daily' already, expected each weekday once",
    ),
    (
        'demand.channels.email.hours={weights: {"08-12": 1, "11-13": 2}}',
        "demand.channels.email.hours.weights.11-13: hour 11 is named already, expected each hour once",
    ),
    (
        "demand.seasons={month_end: {last: 36 h, factor: 2}}",
        "demand.seasons.month_end.last: is not 1 to 28 whole days, expected for instance '3 days'",
    ),
    (
        "teams.back.rotation={people: 3, every: 36 h}",
        "teams.back.rotation.every: is not whole days, expected for instance '1 week'",
    ),
    (
        "teams.back.rotation={people: 1}",
        "teams.back.rotation.people: 1 people cannot fill 2 heads a day, expected at least 2",
    ),
    # Effects.
    (
        "demand.channels.email.patience=5 min",
        "demand.channels.email.patience: has no effect, nobody waits on the line of this channel; expected"
        " live: true or no patience",
    ),
    (
        "demand.channels.phone.patience=null",
        "demand.channels.phone.abandoned: has no effect, nobody gives up on this channel; expected patience"
        " or nothing about abandoned",
    ),
    (
        "demand.channels.email.live=true",
        "demand.channels.phone.abandoned.as: 'email' is live too, expected a channel where nobody waits on"
        " the line, or no 'as'",
    ),
    (
        "teams.front.shrinkage={breaks: [2 h, 2 h], meetings: 30%, training: 20%}",
        "teams.front.shrinkage: breaks, meetings and other time off the floor take 100% of shift 'core', expected less"
        " than 100%",
    ),
    (
        "teams.front.shrinkage={paired_coaching: {takes: 1 h, coach: frond}}",
        "teams.front.shrinkage.paired_coaching.coach: unknown coach 'frond', did you mean 'front'?",
    ),
    (
        "teams.front.shrinkage={paired_coaching: {takes: 9 h}}",
        "teams.front.shrinkage.paired_coaching.takes: is as long as the longest shift, expected less",
    ),
    (
        "teams.front.shrinkage={paired_coaching: {takes: 1 h, every: 10 days}}",
        "teams.front.shrinkage.paired_coaching.every: is not whole weeks, expected for instance '2 weeks'",
    ),
    (
        "teams.front.shrinkage={absence: 100%}",
        "teams.front.shrinkage.absence: nobody ever comes, expected less than 100%",
    ),
    (
        "teams.back.roster={mon-fri: {core: 0}}",
        "teams.back.roster: is empty, nobody ever works here; expected heads, for instance {mon-fri: {core: 2}}",
    ),
    (
        "teams.back.roster={}",
        "teams.back.roster: is empty, nobody ever works here; expected heads, for instance {mon-fri: {core: 2}}",
    ),
    # Ways through the tiers.
    (
        "work.L2.escalates=10%",
        "work.L3: missing, but category 'login' is escalated from L2 to L3; expected {handle: ...}",
    ),
    (
        "work.L1.hands_back={from: 0%, to: 5%, by: 1 week}",
        "work.L1.hands_back: nothing is below L1, expected 0% or no hands_back here",
    ),
    ("work.L1.escalates={login: 20%, api: {from: 0%, to: 1%, by: 1 week}, default: 0%}", ""),
    (
        "teams.back.skills=[account]",
        "demand.categories.api: no team can serve it: it is escalated from L1 to L2, and no team of tier L2"
        " has skill 'code' on channels email, phone; expected a team with tier: L2, skills: [code]",
    ),
    (
        "teams.front.channels=[email]",
        "demand.categories.login: no team can serve it: it enters at L1, and no team of tier L1 has skill"
        " 'account' on channel phone; expected a team with tier: L1, skills: [account]",
    ),
    ("demand.categories.api.enters=L3", "work.L3: missing, but category 'api' enters at L3; expected {handle: ...}"),
    (
        "demand.categories.default={share: 0%, skill: code}",
        "demand.categories.default: is a word of the language, expected another name for a category",
    ),
    # Promises.
    (
        "sla.response.P3=0",
        "sla.response.P3: promises no time at all, expected for instance '15 min', or no such key for no promise",
    ),
    ("sla.calendar={P1: always}", "sla.calendar: says nothing of P2, P3, P4, P5, expected them or a default"),
    (
        "sla.segments.vip=0.5",
        "sla.segments.vip: 0.5 x 5 business days of resolution P3 are not whole days, expected"
        " sla.by_segment.vip.resolution.P3 to say how many",
    ),
    (
        "sla.service_level={within: 0}",
        "sla.service_level.within: promises no time at all, expected for instance '20 s'",
    ),
    # Routing.
    (
        "demand.channels.email.concurrency=3",
        "demand.channels.email.concurrency: has no effect, work of this channel is done one by one; expected live: true"
        " or no concurrency",
    ),
    (
        "demand.channels.email.slowdown=20%",
        "demand.channels.email.slowdown: has no effect, nobody holds several contacts; expected a channel with a"
        " concurrency of 2 or more",
    ),
    (
        "demand.channels.email.lines=3",
        "demand.channels.email.lines: has no effect, nobody waits on the line of this channel; expected live: true or"
        " no lines",
    ),
    (
        "routing.preempt=[P2]",
        "routing.preempt: P2 without what is more urgent, expected priorities from P1 down, each once",
    ),
    (
        "routing.owner_waits=4 h",
        "routing.owner_waits: has no effect, tickets do not come back to their owner; expected assignment: same_agent",
    ),
    (
        "routing={order: fifo, aging: {every: 8 h}}",
        "routing.aging: has no effect, the longest wait goes first anyway; expected another order",
    ),
    (
        "routing.blending=true",
        "routing.blending: has no effect, nobody holds several contacts; expected a channel with a concurrency above 1",
    ),
    (
        "routing.next_chat=busiest",
        "routing.next_chat: has no effect, nobody holds several contacts; expected a channel with a concurrency above"
        " 1",
    ),
    # Events.
    (
        "events.0.outage.at=2026-02-02 00:00",
        "events.0.outage.at: 2026-02-02 00:00 is outside of the simulated time, expected 2025-12-29 00:00 to"
        " 2026-02-02 00:00",
    ),
    ("events.0.outage.lasts=0", "events.0.outage.lasts: is no time at all, expected for instance '4 h'"),
    (
        "events=[{holiday: {at: 2026-01-19 00:00, lasts: 1 day, priority: P1}}]",
        "events.0.holiday.priority: has no effect, there are no extra contacts; expected no priority where"
        " the volume falls",
    ),
    # Targets.
    (
        "targets.wait_minuts={at_most: 3 min}",
        "targets.wait_minuts: unknown metric 'wait_minuts', did you mean 'wait_minutes'?",
    ),
    (
        "targets.wait_minutes.p91.at_most=3 min",
        "targets.wait_minutes.p91: unknown statistic 'p91' of wait_minutes, expected one of mean, p50, p80,"
        " p90, p95, p99",
    ),
    (
        "targets.abandonment[channel=fone].at_most=3%",
        "targets.abandonment[channel=fone]: unknown channel 'fone', did you mean 'phone'?",
    ),
    (
        "targets.response_sla[priority=P9].at_least=3%",
        "targets.response_sla[priority=P9]: unknown priority 'P9', expected one of P1, P2, P3, P4, P5",
    ),
    (
        "targets.occupancy[priority=P1].at_most=80%",
        "targets.occupancy[priority=P1]: occupancy is not measured by priority, expected one of team, tier",
    ),
    (
        "targets.wait_minutes={at_most: 3}",
        "targets.wait_minutes.at_most: wait_minutes is measured in minutes: 3 has no unit, expected a"
        " duration such as '3 min'",
    ),
    (
        "targets.response_sla.at_least=3 min",
        "targets.response_sla.at_least: response_sla is measured in percent: '3 min' is no share, expected"
        " for instance '25%'",
    ),
    (
        "targets.cost_total={at_most: 3 min}",
        "targets.cost_total.at_most: cost_total is a plain number: '3 min' is none, expected for instance 12.5",
    ),
    (
        "targets.occupancy={between: [85%, 60%]}",
        "targets.occupancy.between: 85% is not below 60%, expected the lower end first",
    ),
    (
        "targets.response_sla[priority=P5]={at_least: 9%}",
        "targets.response_sla[priority=P5]: nothing is promised to P5, expected sla.response to say what",
    ),
]


@pytest.mark.parametrize(("override", "fault"), SINGLE, ids=[override for override, _ in SINGLE])
def test_what_does_not_fit_is_told(faults_of: FaultsOf, override: str, fault: str) -> None:
    found = faults_of(override)
    assert fault in found if fault else found == []


def test_the_base_is_valid_and_always_may_be_spelled_out(faults_of: FaultsOf) -> None:
    assert faults_of() == []
    assert faults_of("calendars.always=24x7", "demand.channels.phone.open=always") == []


def test_escalations_and_hand_backs_exceed_everything_only_when_they_overlap_in_time(faults_of: FaultsOf) -> None:
    skills = "teams.third={tier: L3, skills: [account, code], roster: {mon: {core: 1}}}"
    third = "work.L3={handle: 1 h}"
    moving = "work.L2.escalates={from: 80%, to: 0%, by: 4 weeks}"
    back = "work.L2.hands_back={from: 0%, to: 80%, by: 4 weeks}"
    assert faults_of(skills, third, moving, back) == []
    # Reached in 2 weeks, the sum is highest then: 40 % + 80 %.
    sooner = "work.L2.hands_back={from: 0%, to: 80%, by: 2 weeks}"
    assert faults_of(skills, third, moving, sooner) == [
        "work.L2.hands_back: escalates and hands_back of login sum to 120%, expected at most 100%"
    ]


def test_a_promise_stated_outright_needs_no_whole_multiple(faults_of: FaultsOf) -> None:
    assert faults_of("sla.segments.vip=0.5", "sla.by_segment={vip: {resolution: {P3: 3 business days}}}") == []


def test_the_same_target_in_two_spellings(faults_of: FaultsOf) -> None:
    assert faults_of("targets.wait_minutes={at_most: 3 min}", "targets.wait_minutes.mean.at_least=1 min") == [
        "targets.wait_minutes.mean: is the same as 'wait_minutes', expected it once"
    ]


def test_all_that_does_not_fit_is_told_at_once(faults_of: FaultsOf) -> None:
    found = faults_of("demand.segments.vip=30%", "routing.fallback.code.L1.team=bck", "period.length=36 h")
    # Faults of the overrides come first; the event no longer lies within the period.
    assert [fault.split(":")[0] for fault in found] == [
        "demand.segments",
        "routing.fallback.code.L1.team",
        "period.length",
        "events.0.outage.at",
    ]


def test_a_fault_in_one_section_does_not_hide_those_of_others(faults_of: FaultsOf) -> None:
    found = faults_of("work.L1.handle=12", "demand.segments.vip=30%", "sla.segments.vp=2")
    assert sorted(fault.split(":")[0] for fault in found) == ["demand.segments", "sla.segments.vp", "work.L1.handle"]


def test_what_refers_to_a_faulty_section_is_not_guessed_at(faults_of: FaultsOf) -> None:
    # The categories cannot be known, so nothing is said of skills or of who serves what.
    assert faults_of("demand.categories.login.share=much", "teams.front.skills=[x]") == [
        "demand.categories.login.share: 'much' is no share, expected for instance '25%'"
    ]


def test_positions_are_those_of_the_value_or_the_key(tmp_path: Path, base: Path) -> None:
    text = base.read_text("utf-8").replace("open: office", "open: ofice").replace("core: 3, late: 1", "core: 3, lat: 1")
    base.write_text(text.replace("vip: 20%", "vip: 25%"), encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load_scenario(base)
    assert [(fault.line, fault.column, fault.path) for fault in error.value.faults] == [
        (11, 13, "demand.channels.phone.open"),
        (14, 3, "demand.segments"),
        (25, 74, "teams.front.roster.mon-fri.lat"),
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ("[{from: 2026-01-12, volume: -10%, categories: [logim]}]", "changes.0.categories.0: unknown category 'logim'"),
        ("[{from: 2026-01-12, deflects: {article: 10%}}]", "changes.0.deflects.article: unknown layer 'article'"),
        ("[{from: 2026-02-02, volume: -10%}]", "changes.0.from: is not before the end of the period"),
        ("[{from: 2026-01-12}]", "changes.0: changes nothing, expected at least one of volume, handle, deflects"),
    ],
)
def test_dated_changes_that_do_not_fit(faults_of: Callable[..., list[str]], changes: str, fault: str) -> None:
    (found,) = faults_of(f"changes={changes}")
    assert found.startswith(fault)


NAMED = "people: {ana: {works: {mon: core}}}"


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("people: {ana: {works: {mon: cor}}}", "people.ana.works.mon: unknown shift 'cor', did you mean 'core'?"),
        ("people: {ana: {works: {mon: core, mon-tue: core}}}", "people.ana.works.mon-tue: mon is named by 'mon'"),
        (
            "people: {ana: {works: {mon: core}, starts: 2026-01-08, leaves: 2026-01-08}}",
            "people.ana.leaves: is not after 2026-01-08, expected the first day on which the person is gone",
        ),
        (f"{NAMED}, roster: {{mon: {{core: 1}}}}", ": says people and a roster or rotation, expected one or the other"),
        (f"{NAMED}, timezone: Asia/Manilla", "timezone: unknown time zone 'Asia/Manilla', did you mean 'Asia/Manila'?"),
        (f"{NAMED}, hands_over_to: [front]", "hands_over_to.0: is the team itself, expected another"),
        (
            f"{NAMED}, hands_over_to: [back]",
            "hands_over_to.0: 'back' takes none of its tickets, expected a team of tier L1 with one of its skills",
        ),
        (f"{NAMED}, hands_over_to: [bach]", "hands_over_to.0: unknown team 'bach', did you mean 'back'?"),
        (f"{NAMED}, attrition: {{rate: 100%}}", "attrition.rate: '100%' is out of range, expected below 1"),
        (
            f"{NAMED}, attrition: {{rate: 20%, replaced_after: 12 h}}",
            "attrition.replaced_after: is not whole days, expected for instance '6 weeks'",
        ),
        (f"{NAMED}, attrition: {{rate: 20%, replaced_after: 0}}", "attrition.replaced_after: is no time, expected"),
        (
            f"{NAMED}, overtime: {{planned: [{{from: 2026-01-09, until: 2026-01-08, adds: 1 h}}]}}",
            "overtime.planned.0.until: is before 2026-01-09, expected the last day of the overtime",
        ),
        (
            "roster: {mon: {core: 1}}, rotation: {people: 2}, hires: [{starts: 2026-01-08}]",
            "hires.0: says nothing of works, but a rotation leaves open which week is theirs; expected works",
        ),
        (f"{NAMED}, on_call: {{priorities: [P2]}}", "on_call.priorities: are not the highest, expected [P1]"),
        (f"{NAMED}, on_call: {{calendar: nights}}", "on_call.calendar: unknown calendar 'nights'"),
        (f"{NAMED}, on_call: {{every: 36 h}}", "on_call.every: is not whole days, expected for instance '1 week'"),
        (f"{NAMED}, shrinkage: {{meetings: [{{takes: 0}}]}}", "shrinkage.meetings.0.takes: 0 is out of range"),
        (
            f"{NAMED}, shrinkage: {{meetings: {{share: 5%}}}}",
            "shrinkage.meetings: a mapping is not understood here, expected a share or a list of blocks",
        ),
        (
            f"{NAMED}, shrinkage: {{admin: [{{takes: 1 h, at: half past ten}}]}}",
            "shrinkage.admin.0.at: 'half past ten' is no clock time, expected for instance '09:00'",
        ),
        (
            f"{NAMED}, shrinkage: {{admin: [{{takes: 5 h}}, {{takes: 3 h, on: wed}}]}}",
            "shrinkage: breaks, meetings and other time off the floor take 100% of shift 'core', expected less than",
        ),
        (f"{NAMED}, skills: {{account: 0, code: 1}}", "skills.account: 0 is out of range, expected at least 0.05"),
        (f"{NAMED}, skills: {{account: 1, cod: 1}}", "skills.cod: unknown skill 'cod', did you mean 'code'?"),
    ],
)
def test_people_that_do_not_fit(faults_of: Callable[..., list[str]], front: str, fault: str) -> None:
    skills = "" if "skills" in front else "skills: [account, code], "
    found = faults_of(f"teams.front={{tier: L1, {skills}{front}}}")
    assert any(each.startswith(f"teams.front{'' if fault[0] == ':' else '.'}{fault}") for each in found), found


def test_what_somebody_is_called_out_for_is_not_deferred(faults_of: Callable[..., list[str]]) -> None:
    play = "{when: {team: front, queue: '> 9', priorities: [P2]}, until: {queue: '< 2'}, do: {defer: [P1]}}"
    (found,) = faults_of("teams.front.on_call={priorities: [P1]}", f"playbooks=[{play}]")
    expected = "playbooks.0.do.defer.0: somebody is called out for P1 (on_call), expected less urgent priorities"
    assert found == expected


@pytest.mark.parametrize(
    ("playbook", "fault"),
    [
        ("{when: {team: frnt, queue: '> 9'}}", "when.team: unknown team 'frnt', did you mean 'front'?"),
        ("{when: {team: front, queue: '> 9', channels: [fax]}}", "when.channels.0: unknown channel 'fax', expected"),
        ("{when: {team: front, queue: 9}}", "when.queue: 9 has no sign, expected in quotes for instance '> 20'"),
        ("{when: {team: front, queue: '> 9 min'}}", "when.queue: '9 min' is no number"),
        ("{when: {team: front, queu: '> 9'}}", "when.queu: unknown key, did you mean 'queue'?"),
        ("{when: {team: front}}", "when: looks at nothing, expected one of wait, queue, utilization, free"),
        ("{until: {wait: '< 3 min'}}", "until.wait: is not looked at in when, expected one of queue"),
        ("{until: {queue: '< 12'}}", "until.queue: '< 12' is not below '> 9' of when, expected '< ...' and a value"),
        ("{until: {queue: '> 3'}}", "until.queue: '> 3' is not below '> 9' of when, expected '< ...' and a value"),
        ("{every: 7 min}", "every: does not divide the day, expected for instance '5 min' or '1 h'"),
        ("{every: 10 s}", "every: '10 s' is out of range"),
        ("{during: ofice}", "during: unknown calendar 'ofice', did you mean 'office'?"),
        ("{do: [cancel_trainig]}", "do: 'cancel_trainig' is no action, expected cancel_training or a mapping such as"),
        ("{do: [overtime: 1 h, overtime: 2 h]}", "do: 'overtime' is named twice, expected it once"),
        ("{do: {overtme: 1 h}}", "do.overtme: unknown key, did you mean 'overtime'?"),
        ("{do: {}}", "do: does nothing, expected at least one of cancel, overtime"),
        ("{do: [cancel_training]}", "do: has no effect, front has no training in its shrinkage"),
        ("{do: {borrow: {from: front}}}", "do.borrow.from: is the team itself, expected another"),
        ("{do: {borrow: {from: bck}}}", "do.borrow.from: unknown team 'bck', did you mean 'back'?"),
        ("{do: {defer: [P3]}}", "do.defer.0: P3 is not begun but looked at, so it might never end"),
        ("{do: {turn_off: [email]}}", "do.turn_off.0: email is no live channel"),
        ("{do: {call_back: [phone], turn_off: [phone]}}", "do.turn_off: phone is in call_back too"),
    ],
)
def test_playbooks_that_do_not_fit(faults_of: FaultsOf, playbook: str, fault: str) -> None:
    fits = "when: {team: front, queue: '> 9'}, until: {queue: '< 3'}, do: {overtime: 1 h}"
    assert faults_of(f"playbooks=[{{{fits}}}]") == []
    changes = playbook.strip()[1:-1]
    key = changes.split(":")[0]
    kept = [part for part in ("when: {team: front, queue: '> 9'}", "until: {queue: '< 3'}", "do: {overtime: 1 h}")
            if not part.startswith(f"{key}:")]  # fmt: skip
    found = faults_of(f"playbooks=[{{{', '.join([*kept, changes])}}}]")
    assert found[0].startswith(f"playbooks.0.{fault}")


def test_playbooks_and_rules_that_exclude_each_other(faults_of: FaultsOf) -> None:
    fits = "when: {team: front, queue: '> 9', priorities: [P1, P2]}, until: {queue: '< 3'}"

    def faults(do: str, *others: str) -> list[str]:
        return faults_of(f"playbooks=[{{{fits}, do: {do}}}]", *others)

    (called,) = faults("{overtime: 1 h}", "teams.front.on_call={priorities: [P1]}")
    assert called.startswith("playbooks.0.do.overtime: front has people on call")
    (urgent,) = faults("{defer: [P4]}", "routing.preempt=[P1, P2, P3, P4]")
    assert urgent.startswith("playbooks.0.do.defer.0: P4 may set other work aside")
    skills = faults("{borrow: {from: back}}", "teams.back.skills=[account]")
    assert "playbooks.0.do.borrow.from: back does not know code, expected a team with all skills of front" in skills
    twice = f"[{{name: a, {fits}, do: {{overtime: 1 h}}}}, {{name: a, {fits}, do: {{overtime: 1 h}}}}]"
    assert faults_of(f"playbooks={twice}") == ["playbooks.1.name: 'a' is named twice, expected it once"]
