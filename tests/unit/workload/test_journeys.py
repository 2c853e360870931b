from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.scenario.model import Scenario
from supportsim.workload.journeys import Routes, Unusual, draw_routes
from supportsim.workload.model import Next
from supportsim.workload.streams import Streams, hash64

MINUTE_MS = 60_000
COUNT = 20_000
LEAST_P = 1e-4
Make = Callable[..., Scenario]
KEY = hash64("contact", np.arange(COUNT))
SERVED = {
    "desk": {"tier": "L1", "roster": {"mon-fri": {"core": 1}}},
    "experts": {"tier": "L2", "roster": {"mon-fri": {"core": 1}}},
    "makers": {"tier": "L3", "roster": {"mon-fri": {"core": 1}}},
}


def routes_of(make: Make, work: dict[str, Any], count: int = COUNT, **changes: Any) -> Routes:
    changes.setdefault("created_ms", np.zeros(count, dtype=np.int64))
    created_ms, category = changes.pop("created_ms"), changes.pop("category", np.zeros(count, dtype=np.int16))
    instead = {"work": work, "teams": SERVED} | changes.pop("instead", {})
    scenario = make(instead=instead, **changes)
    return draw_routes(scenario, compile_plan(scenario), Streams(1, 0), KEY[:count], category, created_ms, Unusual())


def stages(routes: Routes, ticket: int) -> list[tuple[str, float, str, float]]:
    """Return a ticket's stages as (tier, work in minutes, what follows, delay in minutes)."""
    return [
        (
            f"L{routes.tier[row] + 1}",
            routes.work_ms[row] / MINUTE_MS,
            Next(routes.next[row]).name,
            routes.delay_ms[row] / MINUTE_MS,
        )
        for row in range(routes.offset[ticket], routes.offset[ticket + 1])
    ]


def share_p(hits: Any, share: float) -> float:
    return float(stats.binomtest(int(np.sum(hits)), len(hits), share).pvalue)


ALWAYS_ASKS = {"handle": "10 min", "asks_customer": "100%"}
HAND_COMPUTED = {
    "a plain visit": ({"L1": {"handle": "10 min"}}, [("L1", 10, "RESOLVE", 0)]),
    "up through all tiers": (
        {
            "L1": {"handle": "10 min", "escalates": "100%", "before_escalation": "40%"},
            "L2": {"handle": "30 min", "escalates": "100%"},
            "L3": {"handle": "90 min"},
        },
        [("L1", 4, "ESCALATE", 0), ("L2", 30, "ESCALATE", 0), ("L3", 90, "RESOLVE", 0)],
    ),
    "a question halves the visit": (
        {"L1": ALWAYS_ASKS | {"per_reply": "2 min"}, "customer_reply": "3 h"},
        [("L1", 5, "ASK_CUSTOMER", 180), ("L1", 7, "RESOLVE", 0)],
    ),
    "a question before an escalation": (
        {"L1": ALWAYS_ASKS | {"escalates": "100%"}, "L2": {"handle": "30 min"}, "customer_reply": "3 h"},
        [("L1", 5, "ASK_CUSTOMER", 180), ("L1", 5, "ESCALATE", 0), ("L2", 30, "RESOLVE", 0)],
    ),
    "a fix halves the visit that resolves": (
        {
            "L1": {"handle": "10 min", "needs_fix": {"share": "100%", "takes": "2 days"}, "escalates": "100%"},
            "L2": {"handle": "30 min", "needs_fix": {"share": "100%", "takes": "3 days"}},
        },
        [("L1", 10, "ESCALATE", 0), ("L2", 15, "FIX", 3 * 1440), ("L2", 15, "RESOLVE", 0)],
    ),
    "a question and a fix": (
        {"L1": ALWAYS_ASKS | {"per_reply": "2 min", "needs_fix": {"share": "100%", "takes": "1 h"}}},
        [("L1", 5, "ASK_CUSTOMER", 300), ("L1", 3.5, "FIX", 60), ("L1", 3.5, "RESOLVE", 0)],
    ),
    "a question, a third party and a fix": (
        {
            "L1": ALWAYS_ASKS
            | {"needs_third_party": {"share": "100%", "takes": "1 day"}, "needs_fix": {"share": "100%", "takes": "1 h"}}
        },
        [
            ("L1", 5, "ASK_CUSTOMER", 300),
            ("L1", 2.5, "THIRD_PARTY", 1440),
            ("L1", 1.25, "FIX", 60),
            ("L1", 1.25, "RESOLVE", 0),
        ],
    ),
    "a third party before an escalation": (
        {
            "L1": {"handle": "10 min", "needs_third_party": {"share": "100%", "takes": "1 day"}, "escalates": "100%"},
            "L2": {"handle": "30 min"},
        },
        [("L1", 5, "THIRD_PARTY", 1440), ("L1", 5, "ESCALATE", 0), ("L2", 30, "RESOLVE", 0)],
    ),
    "an answer after the first follow-up": (
        {"L1": ALWAYS_ASKS, "customer_reply": "3 h", "follow_up": {"every": "2 h"}},
        [("L1", 5, "FOLLOW_UP", 120), ("L1", 1, "ASK_CUSTOMER", 60), ("L1", 5, "RESOLVE", 0)],
    ),
    "an answer just in time for the follow-up": (
        {"L1": ALWAYS_ASKS, "customer_reply": "2 h", "follow_up": {"every": "2 h"}},
        [("L1", 5, "ASK_CUSTOMER", 120), ("L1", 5, "RESOLVE", 0)],
    ),
    "an answer too late": (
        {"L1": ALWAYS_ASKS, "customer_reply": "361 min", "follow_up": {"every": "2 h", "times": 2, "work": "3 min"}},
        [("L1", 5, "FOLLOW_UP", 120), ("L1", 3, "FOLLOW_UP", 120), ("L1", 3, "CLOSE", 120)],
    ),
    "no answer, and nobody asks again": (
        {"L1": ALWAYS_ASKS, "customer_reply": "0 min", "follow_up": {"times": 0, "never_answers": "100%"}},
        [("L1", 5, "CLOSE", 2 * 1440)],
    ),
    "two attempts fail": (
        {
            "L1": {"handle": "10 min", "attempts": {"fails": "100%", "work": "40%"}},
            "L2": {"handle": "30 min"},
            "customer_reply": "1 h",
        },
        [
            ("L1", 10, "ASK_CUSTOMER", 60),
            ("L1", 4, "ASK_CUSTOMER", 60),
            ("L1", 4, "ESCALATE", 0),
            ("L2", 30, "RESOLVE", 0),
        ],
    ),
    "the last attempt works where nothing can be escalated": (
        {"L1": {"handle": "10 min", "attempts": {"fails": "100%", "at_most": 3}}, "visits": 1, "customer_reply": "1 h"},
        [("L1", 10, "ASK_CUSTOMER", 60), ("L1", 5, "ASK_CUSTOMER", 60), ("L1", 5, "RESOLVE", 0)],
    ),
    "no attempt before an escalation": (
        {
            "L1": {"handle": "10 min", "attempts": {"fails": "100%"}, "escalates": "100%"},
            "L2": {"handle": "30 min"},
        },
        [("L1", 10, "ESCALATE", 0), ("L2", 30, "RESOLVE", 0)],
    ),
    "nobody says that it failed": (
        {
            "L1": {"handle": "10 min", "attempts": {"fails": "100%"}},
            "L2": {"handle": "30 min"},
            "follow_up": {"every": "1 h", "times": 1, "never_answers": "100%"},
        },
        [("L1", 10, "FOLLOW_UP", 60), ("L1", 1, "CLOSE", 60)],
    ),
    "context lost on the way up": (
        {
            "L1": {"handle": "10 min", "escalates": "100%"},
            "L2": {"handle": "30 min"},
            "customer_reply": "1 h",
            "handover": {"context_lost": {"share": "100%", "work": "4 min"}},
        },
        [("L1", 10, "ESCALATE", 0), ("L2", 4, "ASK_CUSTOMER", 60), ("L2", 30, "RESOLVE", 0)],
    ),
    "to and fro until the last visit resolves": (
        {
            "L1": {"handle": "10 min", "escalates": "100%"},
            "L2": {"handle": "30 min", "hands_back": "100%"},
            "handed_back_work": "30%",
            "visits": 4,
        },
        [("L1", 10, "ESCALATE", 0), ("L2", 30, "HAND_BACK", 0), ("L1", 3, "ESCALATE", 0), ("L2", 30, "RESOLVE", 0)],
    ),
    "reopened to the resolver": (
        {
            "L1": {"handle": "10 min", "escalates": "100%"},
            "L2": {"handle": "30 min"},
            "reopen": {"share": "100%", "after": "2 h", "at_most": 2, "work": "40%"},
        },
        [("L1", 10, "ESCALATE", 0), ("L2", 30, "RESOLVE", 120), ("L2", 12, "RESOLVE", 120), ("L2", 12, "RESOLVE", 0)],
    ),
    "reopened to the entry, then fresh upstairs": (
        {
            "L1": {"handle": "10 min", "escalates": "100%"},
            "L2": {"handle": "30 min"},
            "reopen": {"share": {"L1": "0%", "L2": "100%"}, "after": "2 h", "at_most": 1, "to": "entry"},
        },
        [("L1", 10, "ESCALATE", 0), ("L2", 30, "RESOLVE", 120), ("L1", 5, "ESCALATE", 0), ("L2", 30, "RESOLVE", 0)],
    ),
    "each reopening counts its own visits": (
        {
            "L1": {"handle": "10 min", "escalates": "100%"},
            "L2": {"handle": "30 min", "escalates": "100%"},
            "L3": {"handle": "90 min"},
            "visits": 2,
            "reopen": {"share": "100%", "after": "2 h", "at_most": 1, "to": "entry", "work": "100%"},
        },
        [("L1", 10, "ESCALATE", 0), ("L2", 30, "RESOLVE", 120), ("L1", 10, "ESCALATE", 0), ("L2", 30, "RESOLVE", 0)],
    ),
    "no work at all takes a millisecond": (
        {"L1": ALWAYS_ASKS | {"handle": "0 min"}, "customer_reply": "0 min"},
        [("L1", 1 / MINUTE_MS, "ASK_CUSTOMER", 1 / MINUTE_MS), ("L1", 1 / MINUTE_MS, "RESOLVE", 0)],
    ),
}


@pytest.mark.parametrize("what", HAND_COMPUTED)
def test_routes_by_hand(make_scenario: Make, what: str) -> None:
    work, expected = HAND_COMPUTED[what]
    routes = routes_of(make_scenario, work, count=3)
    assert [stages(routes, ticket) for ticket in range(3)] == [expected] * 3


def test_no_tickets_no_stages(make_scenario: Make) -> None:
    routes = routes_of(make_scenario, {"L1": {"handle": "10 min"}}, count=0)
    assert routes.offset.tolist() == [0]
    assert len(routes.tier) == 0


def test_categories_enter_and_cost_and_leave_on_their_own(make_scenario: Make) -> None:
    work = {
        "L1": {"handle": {"login": "5 min", "default": "8 min"}, "escalates": {"login": "100%", "default": "0%"}},
        "L2": {"handle": "30 min"},
    }
    categories = {"login": {"share": 0.5}, "api": {"share": 0.3, "enters": "L2"}, "other": {"share": 0.2}}
    category = np.array([0, 1, 2], dtype=np.int16)
    routes = routes_of(make_scenario, work, 3, category=category, instead={"demand.categories": categories})
    assert stages(routes, 0) == [("L1", 5, "ESCALATE", 0), ("L2", 30, "RESOLVE", 0)]
    assert stages(routes, 1) == [("L2", 30, "RESOLVE", 0)]
    assert stages(routes, 2) == [("L1", 8, "RESOLVE", 0)]


LIVELY = {
    "L1": {
        "handle": {"lognormal": {"mean": "13 min", "cv": 0.8}},
        "escalates": "21%",
        "asks_customer": "30%",
    },
    "L2": {
        "handle": {"lognormal": {"mean": "30 min", "cv": 0.9}},
        "escalates": "14%",
        "hands_back": "5%",
        "asks_customer": "40%",
    },
    "L3": {
        "handle": {"lognormal": {"mean": "90 min", "cv": 1.1}},
        "needs_fix": {"share": "30%", "takes": {"lognormal": {"mean": "3 days", "cv": 1}}},
    },
    "customer_reply": {"exponential": {"mean": "5 h"}},
    "reopen": {"share": {"L1": "4%", "L2": "10%", "default": "0%"}, "after": {"exponential": {"mean": "2 days"}}},
}


def test_shares_and_means_come_out(make_scenario: Make) -> None:
    routes = routes_of(make_scenario, LIVELY)
    first = routes.offset[:-1]
    asked = routes.next[first] == Next.ASK_CUSTOMER
    assert share_p(asked, 0.30) > LEAST_P
    # The touch that ends the first visit is the second one where a question came first.
    leaves = routes.next[first + asked]
    assert share_p(leaves == Next.ESCALATE, 0.21) > LEAST_P
    visit_ms = routes.work_ms[first] + np.where(asked, routes.work_ms[first + asked], 0)
    assert_allclose(visit_ms.mean() / MINUTE_MS, 13, atol=4 * 13 * 0.8 / np.sqrt(COUNT))
    delay_ms = routes.delay_ms[routes.next == Next.ASK_CUSTOMER]
    assert stats.kstest(delay_ms / MINUTE_MS, stats.expon(scale=300).cdf).pvalue > LEAST_P
    at_l2 = routes.tier == 1
    ends = at_l2 & (routes.next != Next.ASK_CUSTOMER)
    assert share_p(routes.next[ends] == Next.ESCALATE, 0.14) > LEAST_P
    assert share_p(routes.next[ends] == Next.HAND_BACK, 0.05) > LEAST_P
    resolved = ends & (routes.next == Next.RESOLVE)
    # A ticket comes back at most three times, so a few late resolutions cannot.
    assert share_p(routes.delay_ms[resolved] > 0, 0.10) > LEAST_P
    # Half of the visit, then the fix: as many touches at L3 end with one as 30 % of those that resolve.
    at_l3 = routes.tier == 2
    resolves_l3 = (at_l3 & (routes.next == Next.RESOLVE)).sum()
    assert stats.binomtest(int((at_l3 & (routes.next == Next.FIX)).sum()), int(resolves_l3), 0.3).pvalue > LEAST_P


def test_every_route_is_well_formed(make_scenario: Make) -> None:
    routes = routes_of(make_scenario, LIVELY)
    lengths = np.diff(routes.offset)
    assert lengths.min() >= 1
    assert routes.offset[-1] == len(routes.tier) == len(routes.work_ms)
    assert routes.work_ms.min() >= 1
    last = routes.offset[1:] - 1
    assert set(routes.next[last].tolist()) == {Next.RESOLVE}
    assert set(routes.delay_ms[last].tolist()) == {0}
    inner = np.setdiff1d(np.arange(len(routes.tier)), last)
    step = routes.tier[inner + 1] - routes.tier[inner]
    expected = {Next.ESCALATE: 1, Next.HAND_BACK: -1, Next.ASK_CUSTOMER: 0, Next.FIX: 0, Next.RESOLVE: 0}
    assert step.tolist() == [expected[Next(code)] for code in routes.next[inner].tolist()]
    waits = np.isin(routes.next[inner], [Next.ASK_CUSTOMER, Next.FIX, Next.RESOLVE])
    assert (routes.delay_ms[inner][waits] >= 1).all()
    assert (routes.delay_ms[inner][~waits] == 0).all()


def test_one_tiers_parameters_leave_the_others_alone(make_scenario: Make) -> None:
    base = routes_of(make_scenario, LIVELY)
    slower = LIVELY | {"L2": LIVELY["L2"] | {"handle": "60 min", "asks_customer": "0%"}}
    other = routes_of(make_scenario, slower)

    def first_visits(routes: Routes, tier: int) -> dict[int, int]:
        """Return the work of each ticket's first touch at a tier."""
        ticket = np.repeat(np.arange(COUNT), np.diff(routes.offset))
        rows = np.flatnonzero(routes.tier == tier)
        tickets, first = np.unique(ticket[rows], return_index=True)
        return dict(zip(tickets.tolist(), routes.work_ms[rows[first]].tolist(), strict=True))

    assert first_visits(base, 0) == first_visits(other, 0)
    assert first_visits(base, 2) == first_visits(other, 2) != {}
    assert first_visits(base, 1).keys() == first_visits(other, 1).keys()


def test_fewer_escalations_are_a_subset(make_scenario: Make) -> None:
    def escalated(share: str) -> set[int]:
        routes = routes_of(make_scenario, LIVELY | {"L1": {"handle": "9 min", "escalates": share}})
        return set(np.flatnonzero(routes.next[routes.offset[:-1]] == Next.ESCALATE).tolist())

    assert escalated("10%") < escalated("21%")


def test_a_share_that_moves_is_that_of_the_creation(make_scenario: Make) -> None:
    work = {
        "L1": {"handle": "9 min", "escalates": {"from": "0%", "to": "100%", "by": "10 days"}},
        "L2": {"handle": "1 h"},
    }
    created_ms = np.repeat([0, 3, 10], [5000, 10_000, 5000]) * 1440 * MINUTE_MS
    routes = routes_of(make_scenario, work, created_ms=created_ms)
    escalates = routes.next[routes.offset[:-1]] == Next.ESCALATE
    assert not escalates[:5000].any()
    assert share_p(escalates[5000:15_000], 0.3) > LEAST_P
    assert escalates[15_000:].all()


def test_a_tier_of_which_nothing_is_said_is_refused(make_scenario: Make) -> None:
    with pytest.raises(ValueError, match=r"reach L2, expected work\.L2"):
        routes_of(make_scenario, {"L1": {"handle": "9 min", "escalates": "50%"}})


def test_words_are_owed_while_others_have_the_ticket(make_scenario: Make) -> None:
    work = {
        "L1": {
            "handle": "8 min",
            "needs_third_party": {"share": "100%", "takes": "60 min"},
            "needs_fix": {"share": "100%", "takes": "150 min"},
        },
        "update": "3 min",
    }
    scenario = make_scenario(instead={"work": work, "teams": SERVED})
    nothing = np.zeros(3, dtype=np.int64)
    # Every hour, never, and every 200 minutes.
    owed_ms = np.array([60, 0, 200]) * MINUTE_MS
    plan, category = compile_plan(scenario), np.zeros(3, dtype=np.int16)
    routes = draw_routes(scenario, plan, Streams(1, 0), KEY[:3], category, nothing, Unusual(owed_every_ms=owed_ms))
    plain = [("L1", 4, "THIRD_PARTY", 60), ("L1", 2, "FIX", 150), ("L1", 2, "RESOLVE", 0)]
    assert stages(routes, 0) == [
        plain[0], ("L1", 2, "FIX_GOES_ON", 60), ("L1", 3, "FIX_GOES_ON", 60), ("L1", 3, "FIX", 30), plain[2],
    ]  # fmt: skip
    assert [stages(routes, ticket) for ticket in (1, 2)] == [plain, plain]
