from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.plan.model import Plan
from supportsim.scenario.model import Scenario
from supportsim.workload.arrivals import PROFILES, Arrivals, Cells, demand_cells, draw_arrivals, hour_weights
from supportsim.workload.streams import Streams

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]


def cells_of(scenario: Scenario) -> tuple[Plan, Cells]:
    plan = compile_plan(scenario)
    return plan, demand_cells(scenario, plan, Streams(1, 0))


def expected(cells: Cells) -> NDArray[np.float64]:
    """Return the expected contacts (C, n) of each cell."""
    return cells.per_ms * np.diff(cells.edge_ms)


def drawn(scenario: Scenario, replication: int = 0) -> Arrivals:
    return draw_arrivals(scenario, compile_plan(scenario), Streams(1, replication))


def by_key(arrivals: Arrivals, *, without_source: bool = False) -> dict[int, tuple[Any, ...]]:
    names = [
        name for name in Arrivals.__dataclass_fields__ if name != "key" and not (without_source and name == "source")
    ]
    columns = zip(*(getattr(arrivals, name).tolist() for name in names), strict=True)
    return dict(zip(arrivals.key.tolist(), columns, strict=True))


def poisson_p(count: int, mean: float) -> float:
    """Return the two-sided p-value of a Poisson count."""
    return float(2 * min(stats.poisson.cdf(count, mean), stats.poisson.sf(count - 1, mean)))


# ---- rates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "per", "a_day"),
    [(2, "hour", 48), (30, "day", 30), (70, "week", 10), (30.4375, "month", 1), (3652.5, "year", 10)],
)
def test_the_volume_is_what_was_stated(make_scenario: Make, count: float, per: str, a_day: float) -> None:
    scenario = make_scenario(
        demand={
            "contacts": {"count": count, "per": per},
            "seasons": {"weekday": {"mon": 3, "tue-fri": 2, "sun": 1}},
            "channels": {"email": {"share": "70%", "hours": {"profile": "business_day"}}, "phone": {"share": "30%"}},
        }
    )
    _, cells = cells_of(scenario)
    assert_allclose(expected(cells).sum(axis=1), [14 * a_day * 0.7, 14 * a_day * 0.3])
    by_day = expected(cells).sum(axis=0).reshape(14, 24).sum(axis=1)
    assert_allclose(by_day[:7], np.array([3, 2, 2, 2, 2, 0, 1]) * 7 / 12 * a_day)


def test_hours_follow_their_weights(make_scenario: Make) -> None:
    weights = {"08-12": 3, "12-18": 2, "22-02": 0.5}
    scenario = make_scenario(instead={"demand.channels": {"email": {"share": 1, "hours": {"weights": weights}}}})
    _, cells = cells_of(scenario)
    relative = [0.5] * 2 + [0] * 6 + [3] * 4 + [2] * 6 + [0] * 4 + [0.5] * 2
    assert_allclose(expected(cells)[0, :24], 240 * np.array(relative) / 26)


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_have_a_weight_for_each_hour(make_scenario: Make, name: str) -> None:
    scenario = make_scenario(instead={"demand.channels": {"email": {"share": 1, "hours": {"profile": name}}}})
    assert hour_weights(scenario.demand.channels["email"].hours).tolist() == list(PROFILES[name])
    assert len(PROFILES[name]) == 24


def test_profiles_are_what_their_description_says() -> None:
    phone, business, consumer = (np.array(PROFILES[name]) for name in ("phone_day", "business_day", "consumer_day"))
    assert phone[:8].sum() == phone[18:].sum() == 0 < phone[8:18].min()
    assert business[:8].min() > 0
    assert 9 <= business.argmax() < 12
    assert consumer.argmax() >= 18
    assert PROFILES["flat"] == (1,) * 24


@pytest.mark.parametrize(("per", "days"), [("week", 7.0), ("month", 30.4375), ("year", 365.25)])
def test_growth_is_compound_from_the_start_on(make_scenario: Make, per: str, days: float) -> None:
    scenario = make_scenario(
        period={"length": "60 weeks", "warm_up": "2 weeks"}, demand={"growth": {"rate": "4%", "per": per}}
    )
    plan, cells = cells_of(scenario)
    since_start_days = (cells.edge_ms[:-1] - plan.window_ms[0]) / DAY_MS
    assert_allclose(expected(cells)[0], 10 * 1.04 ** (np.maximum(since_start_days, 0) / days))


def test_month_end_days(make_scenario: Make) -> None:
    scenario = make_scenario(
        period={"start": "2026-01-26", "length": "36 days"},
        demand={"seasons": {"month_end": {"last": "3 days", "factor": 1.3}}},
    )
    _, cells = cells_of(scenario)
    days = [date.fromordinal(date(2026, 1, 26).toordinal() + i) for i in range(36)]
    found = [day for day, marked in zip(days, cells.month_end.reshape(36, 24).all(axis=1), strict=True) if marked]
    assert found == [date(2026, 1, 29), date(2026, 1, 30), date(2026, 1, 31)] + [
        date(2026, 2, day) for day in (26, 27, 28)
    ]


@pytest.mark.parametrize(
    ("timezone", "start", "hours", "twice", "never"),
    [
        ("America/New_York", "2026-03-08", 23, None, 2),
        ("America/New_York", "2026-11-01", 25, 1, None),
        ("Asia/Kolkata", "2026-03-08", 24, None, None),
        ("Asia/Kathmandu", "2026-03-08", 24, None, None),
    ],
)
def test_hours_are_those_of_the_wall_clock(
    make_scenario: Make, timezone: str, start: str, hours: int, twice: int | None, never: int | None
) -> None:
    period = {"start": start, "length": "1 day", "timezone": timezone}
    scenario = make_scenario(period=period, demand={"contacts": {"count": 24}})
    plan, cells = cells_of(scenario)
    assert plan.horizon_ms == hours * HOUR_MS
    instants = [datetime.fromtimestamp(plan.origin.timestamp() + ms / 1000, UTC) for ms in cells.edge_ms[:-1].tolist()]
    per_hour = np.zeros(24)
    for instant, count in zip(instants, expected(cells)[0].tolist(), strict=True):
        per_hour[instant.astimezone(ZoneInfo(timezone)).hour] += count
    for hour in range(24):
        assert_allclose(per_hour[hour], 2 if hour == twice else 0 if hour == never else 1, err_msg=str(hour))


def test_a_narrow_hour_in_a_zone_of_quarter_hours(make_scenario: Make) -> None:
    scenario = make_scenario(
        period={"timezone": "Asia/Kathmandu"},
        instead={"demand.channels": {"email": {"share": 1, "hours": {"weights": {"9": 1}}}}},
    )
    arrivals = drawn(scenario)
    # Time 0 is local midnight.
    assert len(arrivals.key) > 3000
    assert set((arrivals.arrived_ms % DAY_MS // HOUR_MS).tolist()) == {9}


def test_busyness_is_a_gamma_factor_of_whole_days(make_scenario: Make) -> None:
    scenario = make_scenario(period={"length": "3000 days"}, demand={"busyness": "12%"})
    plan = compile_plan(scenario)
    by_hour = expected(demand_cells(scenario, plan, Streams(1, 0)))[0].reshape(3000, 24) / 10
    assert_allclose(by_hour, by_hour[:, :1].repeat(24, axis=1))
    # Standard errors: 0.12 / sqrt(3000) = 0.0022 and 0.12 / sqrt(6000) = 0.0016.
    assert_allclose([by_hour[:, 0].mean(), by_hour[:, 0].std()], [1, 0.12], atol=0.007)
    assert stats.kstest(by_hour[:, 0], stats.gamma(1 / 0.12**2, scale=0.12**2).cdf).pvalue > LEAST_P


def test_busyness_makes_daily_counts_vary_more(make_scenario: Make) -> None:
    scenario = make_scenario(period={"length": "2000 days"}, demand={"busyness": "20%"})
    counts = np.bincount(drawn(scenario).arrived_ms // DAY_MS, minlength=2000)
    # Poisson 240 mixed over a factor of cv 0.2: variance 240 + (0.2 * 240)^2 = 2544.
    assert_allclose([counts.mean(), counts.var()], [240, 2544], rtol=0.08)


# ---- the process -------------------------------------------------------------------------------------------

STEPS = {"email": {"share": 1, "hours": {"weights": {"10": 5, "11": 50, "12": 5}}}}


@pytest.fixture(scope="module")
def days() -> int:
    return 3500


def test_counts_at_sharp_steps_are_poisson(make_scenario: Make, days: int) -> None:
    scenario = make_scenario(
        period={"length": f"{days} days"}, demand={"contacts": {"count": 60}}, instead={"demand.channels": STEPS}
    )
    arrived_ms = drawn(scenario).arrived_ms
    day, time_ms = arrived_ms // DAY_MS, arrived_ms % DAY_MS
    assert set((time_ms // HOUR_MS).tolist()) == {10, 11, 12}
    for hour, rate in ((10, 5), (11, 50), (12, 5)):
        inside = time_ms // HOUR_MS == hour
        counts = np.bincount(day[inside], minlength=days)
        assert poisson_p(int(counts.sum()), rate * days) > LEAST_P
        # Index of dispersion: (n - 1) var / mean is chi-square.
        dispersion = (days - 1) * counts.var(ddof=1) / counts.mean()
        assert 2 * min(stats.chi2.cdf(dispersion, days - 1), stats.chi2.sf(dispersion, days - 1)) > LEAST_P
        levels = np.arange(stats.poisson.ppf(0.005, rate), stats.poisson.ppf(0.995, rate) + 1)
        observed = [(counts == level).sum() for level in levels]
        chance = stats.poisson.pmf(levels, rate)
        inner = stats.chisquare([*observed, days - sum(observed)], days * np.array([*chance, 1 - chance.sum()]))
        assert inner.pvalue > LEAST_P
        assert stats.kstest(time_ms[inside] % HOUR_MS / HOUR_MS, "uniform").pvalue > LEAST_P
        # Independent from day to day.
        assert abs(np.corrcoef(counts[1:], counts[:-1])[0, 1]) < 4 / np.sqrt(days)


def test_the_first_arrival_after_the_jump(make_scenario: Make, days: int) -> None:
    scenario = make_scenario(
        period={"length": f"{days} days"}, demand={"contacts": {"count": 60}}, instead={"demand.channels": STEPS}
    )
    arrived_ms = drawn(scenario).arrived_ms
    jump_ms = np.arange(days) * DAY_MS + 11 * HOUR_MS
    waits = (arrived_ms[np.searchsorted(arrived_ms, jump_ms)] - jump_ms) / 60_000
    # Exponential at 50 an hour, 1.2 minutes; a thinning that looks ahead at the old rate gives far more.
    assert_allclose(waits.mean(), 1.2, atol=4 * 1.2 / np.sqrt(days))
    assert stats.kstest(waits, stats.expon(scale=1.2).cdf).pvalue > LEAST_P


def test_channels_and_replications_are_independent(make_scenario: Make) -> None:
    two = {name: {"share": "50%", "hours": {"profile": "flat"}} for name in ("email", "web")}
    scenario = make_scenario(period={"length": "200 days"}, instead={"demand.channels": two})
    counts = []
    for replication in (0, 1):
        arrivals = drawn(scenario, replication)
        for channel in (0, 1):
            inside = arrivals.channel == channel
            counts.append(np.bincount(arrivals.arrived_ms[inside] // HOUR_MS, minlength=4800))
    off_diagonal = np.corrcoef(counts)[~np.eye(4, dtype=bool)]
    assert np.abs(off_diagonal).max() < 4 / np.sqrt(4800)


def test_contacts_come_in_order_with_their_own_keys(make_scenario: Make) -> None:
    arrivals = drawn(make_scenario(period={"length": "20 weeks"}))
    assert (np.diff(arrivals.arrived_ms) >= 0).all()
    assert 0 <= arrivals.arrived_ms[0] < arrivals.arrived_ms[-1] < 140 * DAY_MS
    assert len(np.unique(arrivals.key)) == len(arrivals.key)
    assert set(arrivals.source.tolist()) == {-1}


def test_no_volume_no_contacts(make_scenario: Make) -> None:
    assert len(drawn(make_scenario(demand={"contacts": {"count": 0}})).key) == 0


# ---- common random numbers -------------------------------------------------------------------------------------


def test_a_lower_volume_keeps_a_subset(make_scenario: Make) -> None:
    more, fewer = (by_key(drawn(make_scenario(demand={"contacts": {"count": count}}))) for count in (240, 180))
    assert fewer.items() <= more.items()
    assert 0.7 < len(fewer) / len(more) < 0.8


def test_a_longer_period_or_another_channel_moves_nobody(make_scenario: Make) -> None:
    base = by_key(drawn(make_scenario()))
    assert base.items() <= by_key(drawn(make_scenario(period={"length": "3 weeks"}))).items()
    split = {name: {"share": "50%", "hours": {"profile": "flat"}} for name in ("fax", "email")}
    with_fax = drawn(make_scenario(instead={"demand.channels": split}))
    mails = by_key(with_fax.pick(with_fax.channel == 1))
    assert mails.keys() <= base.keys()


OUTAGE = {"outage": {"at": "2026-01-06 10:20", "onset": "45 min", "lasts": "4 h", "fades": "6 h"}}
RELEASE = {"release": {"at": "2026-01-06 12:00", "lasts": "2 h"}}


def test_another_event_moves_nobody(make_scenario: Make) -> None:
    base = by_key(drawn(make_scenario()))
    one = drawn(make_scenario(events=[OUTAGE]))
    two = drawn(make_scenario(events=[RELEASE, OUTAGE]))
    assert by_key(one.pick(one.source == -1)) == base
    assert by_key(two.pick(two.source == -1)) == base
    # The outage is the same although it is the second event now.
    extra = [by_key(each.pick(each.source == code), without_source=True) for each, code in ((one, 0), (two, 1))]
    assert extra[0] == extra[1] != {}


def test_two_events_alike_are_not_the_same_people(make_scenario: Make) -> None:
    twice = drawn(make_scenario(events=[RELEASE, RELEASE]))
    first, second = (set(twice.key[twice.source == code].tolist()) for code in (0, 1))
    assert first
    assert second
    assert not first & second


# ---- events ----------------------------------------------------------------------------------------------------


def test_an_event_multiplies_the_inflow(make_scenario: Make) -> None:
    scenario = make_scenario(demand={"contacts": {"count": 24_000}}, events=[OUTAGE])
    arrivals = drawn(scenario)
    extra_ms = arrivals.arrived_ms[arrivals.source == 0]
    begin_ms = DAY_MS + 10 * HOUR_MS + HOUR_MS // 3
    full_ms = begin_ms + 45 * 60_000
    fading_ms, end_ms = full_ms + 4 * HOUR_MS, full_ms + 10 * HOUR_MS
    assert begin_ms <= extra_ms.min() < extra_ms.max() < end_ms
    # 1,000 an hour, times 3, over half of the onset, the plateau and half of the fade.
    for low, high, mean in ((begin_ms, full_ms, 1125), (full_ms, fading_ms, 12_000), (fading_ms, end_ms, 9_000)):
        inside = extra_ms[(extra_ms >= low) & (extra_ms < high)]
        assert poisson_p(len(inside), mean) > LEAST_P
        place = (inside - low) / (high - low)
        law = {begin_ms: lambda x: x**2, full_ms: lambda x: x, fading_ms: lambda x: 1 - (1 - x) ** 2}[low]
        assert stats.kstest(place, law).pvalue > LEAST_P


def test_an_event_follows_each_channels_hours_growth_and_busyness(make_scenario: Make) -> None:
    demand = {"contacts": {"count": 50_000}, "busyness": "40%", "growth": {"rate": "50%", "per": "week"}}
    scenario = make_scenario(
        demand=demand,
        events=[{"surge": {"at": "2026-01-07 00:00", "lasts": "3 days", "volume": "+100%"}}],
        instead={
            "demand.channels": {
                "email": {"share": "80%", "hours": {"profile": "flat"}},
                "phone": {"share": "20%", "hours": {"profile": "phone_day"}},
            }
        },
    )
    plan = compile_plan(scenario)
    mean = expected(demand_cells(scenario, plan, Streams(1, 0)))[:, 48:120]
    arrivals = drawn(scenario)
    for channel in (0, 1):
        extra = arrivals.pick((arrivals.source == 0) & (arrivals.channel == channel))
        counts = np.bincount(extra.arrived_ms // HOUR_MS, minlength=120)[48:120]
        assert len(extra.key) == counts.sum()
        z = (counts - mean[channel]) / np.sqrt(np.maximum(mean[channel], 1e-9))
        assert (counts[mean[channel] == 0] == 0).all()
        assert stats.chi2.sf((z**2).sum(), (mean[channel] > 0).sum()) > LEAST_P


CATEGORIES = {
    "login": {"share": "50%", "priority": {"P3": "100%"}},
    "api": {"share": "30%", "priority": {"P1": "50%", "P4": "50%"}},
    "billing": {"share": "20%", "priority": {"P5": "100%"}},
}


def test_extra_contacts_are_about_what_the_event_says(make_scenario: Make) -> None:
    plain = {"surge": {"at": "2026-01-06 10:00", "lasts": "4 h"}}
    stated = {"outage": {**plain["surge"], "categories": ["api", "billing"], "priority": "P1"}}
    scenario = make_scenario(
        demand={"contacts": {"count": 24_000}}, events=[plain, stated], instead={"demand.categories": CATEGORIES}
    )
    arrivals = drawn(scenario)
    usual, outage = (arrivals.pick(arrivals.source == code) for code in (0, 1))
    assert_allclose(np.bincount(usual.category) / len(usual.key), [0.5, 0.3, 0.2], atol=0.03)
    assert_allclose(np.bincount(outage.category) / len(outage.key), [0, 0.6, 0.4], atol=0.02)
    assert set(outage.priority.tolist()) == {0}
    of_api = usual.priority[usual.category == 1]
    assert_allclose(np.bincount(of_api, minlength=5) / len(of_api), [0.5, 0, 0, 0.5, 0], atol=0.06)
    assert set(usual.priority[usual.category == 0].tolist()) == {2}
    assert set(usual.priority[usual.category == 2].tolist()) == {4}


def test_an_event_may_be_about_what_nobody_else_asks_about(make_scenario: Make) -> None:
    categories = {"login": {"share": "0%"}, "api": {"share": "100%"}, "billing": {"share": "0%"}}
    outage = {"outage": {"at": "2026-01-06 10:00", "lasts": "4 h", "categories": ["login", "billing"]}}
    scenario = make_scenario(
        demand={"contacts": {"count": 24_000}}, events=[outage], instead={"demand.categories": categories}
    )
    arrivals = drawn(scenario)
    extra = np.bincount(arrivals.category[arrivals.source == 0]) / (arrivals.source == 0).sum()
    assert_allclose(extra, [0.5, 0, 0.5], atol=0.03)
    assert set(arrivals.category[arrivals.source != 0].tolist()) == {1}


def test_a_reduction_thins_its_categories_in_its_time(make_scenario: Make) -> None:
    holiday = {"holiday": {"at": "2026-01-06 06:00", "lasts": "12 h", "fades": "4 h", "categories": ["api"]}}
    changes = {"demand": {"contacts": {"count": 48_000}}, "instead": {"demand.categories": CATEGORIES}}
    base, thinned = drawn(make_scenario(**changes)), drawn(make_scenario(**changes, events=[holiday]))
    assert by_key(thinned).items() <= by_key(base).items()
    begin_ms, fading_ms = DAY_MS + 6 * HOUR_MS, DAY_MS + 18 * HOUR_MS

    def count(arrivals: Arrivals, low_ms: int, high_ms: int, category: int) -> int:
        inside = (arrivals.arrived_ms >= low_ms) & (arrivals.arrived_ms < high_ms)
        return int((inside & (arrivals.category == category)).sum())

    spans = {(begin_ms, fading_ms): 0.5, (fading_ms, fading_ms + 4 * HOUR_MS): 0.75}
    for (low_ms, high_ms), kept in spans.items():
        n = count(base, low_ms, high_ms, 1)
        assert stats.binomtest(count(thinned, low_ms, high_ms, 1), n, kept).pvalue > LEAST_P
        assert count(thinned, low_ms, high_ms, 0) == count(base, low_ms, high_ms, 0)
    assert count(thinned, 0, begin_ms, 1) == count(base, 0, begin_ms, 1)
    after = (fading_ms + 4 * HOUR_MS, 14 * DAY_MS)
    assert count(thinned, *after, 1) == count(base, *after, 1)


def test_minus_100_percent_leaves_nobody(make_scenario: Make) -> None:
    closed = {"holiday": {"at": "2026-01-06 00:00", "lasts": "1 day", "volume": "-100%"}}
    arrivals = drawn(make_scenario(events=[closed, {"surge": {"at": "2026-01-06 03:00", "lasts": "2 h"}}]))
    assert not (arrivals.arrived_ms // DAY_MS == 1).any()


@pytest.mark.parametrize("factor", [1.5, 0.4])
def test_month_end_moves_its_categories_only(make_scenario: Make, factor: float) -> None:
    month_end = {"last": "3 days", "factor": factor, "categories": ["billing"]}
    period = {"start": "2026-01-20", "length": "20 days"}
    changes = {
        "period": period,
        "instead": {"demand.categories": CATEGORIES},
    }
    plain = drawn(make_scenario(**changes, demand={"contacts": {"count": 48_000}}))
    ending = drawn(
        make_scenario(**changes, demand={"contacts": {"count": 48_000}, "seasons": {"month_end": month_end}})
    )
    small, large = sorted((by_key(plain), by_key(ending)), key=len)
    assert small.items() <= large.items()
    assert set(ending.source.tolist()) == {-1}
    inside = (ending.arrived_ms // DAY_MS >= 9) & (ending.arrived_ms // DAY_MS < 12)
    changed = large.keys() - small.keys()
    assert {large[key][3] for key in changed} == {2}
    assert {large[key][0] // DAY_MS for key in changed} == {9, 10, 11}
    assert poisson_p(int((inside & (ending.category == 2)).sum()), 3 * 48_000 * 0.2 * factor) > LEAST_P


def test_an_event_at_months_end_is_relative_to_that_days_inflow(make_scenario: Make) -> None:
    scenario = make_scenario(
        period={"start": "2026-01-30", "length": "2 days"},
        demand={"contacts": {"count": 48_000}, "seasons": {"month_end": {"last": "2 days", "factor": 2}}},
        events=[{"surge": {"at": "2026-01-31 00:00", "lasts": "1 day"}}],
    )
    arrivals = drawn(scenario)
    assert poisson_p(int((arrivals.source == -1).sum()), 2 * 2 * 48_000) > LEAST_P
    assert poisson_p(int((arrivals.source == 0).sum()), 2 * 48_000) > LEAST_P


def test_an_event_that_outlasts_the_simulation_is_cut_off(make_scenario: Make) -> None:
    arrivals = drawn(make_scenario(events=[{"surge": {"at": "2026-01-18 12:00", "lasts": "2 days"}}]))
    extra_ms = arrivals.arrived_ms[arrivals.source == 0]
    assert len(extra_ms) > 50
    assert extra_ms.max() < 14 * DAY_MS
