"""Arrivals by a forecast: every interval's mean is the file's, and the rest acts on it as on any other demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy import stats

from supportsim.plan.compile import compile_plan
from supportsim.scenario.model import Scenario
from supportsim.workload.arrivals import Arrivals, demand_cells, draw_arrivals
from supportsim.workload.streams import Streams

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LEAST_P = 1e-4
Make = Callable[..., Scenario]


def forecast(
    minutes: int, email: list[float], phone: list[float] | None = None, begins: str | None = None, **more: Any
) -> dict[str, Any]:
    columns = {"email": email} | ({"phone": phone} if phone else {})
    return {"file": "calls.csv", "table": {"minutes": minutes, "begins": begins, "columns": columns}, **more}


def scenario_of(make_scenario: Make, stated: dict[str, Any], start: str = "2026-01-05", **period: Any) -> Scenario:
    channels: dict[str, Any] = {name: {} for name in stated["table"]["columns"]}
    return make_scenario(
        {"demand": {"forecast": stated, "channels": channels}},
        period={"start": start, "length": "1 week", "warm_up": 0, "run_out": 0} | period,
    )


def means(scenario: Scenario, minutes: int) -> NDArray[np.float64]:
    """Return the expected contacts (C, n) of each step of so many minutes of elapsed time."""
    cells = demand_cells(scenario, compile_plan(scenario), Streams(1, 0))
    until = np.concatenate(
        [np.zeros((len(cells.per_ms), 1)), np.cumsum(cells.per_ms * np.diff(cells.edge_ms), axis=1)], 1
    )
    at = np.arange(0, cells.edge_ms[-1] + 1, minutes * MINUTE_MS)
    return np.diff([np.interp(at, cells.edge_ms, row) for row in until], axis=1)


def drawn(scenario: Scenario, replication: int = 0) -> Arrivals:
    return draw_arrivals(scenario, compile_plan(scenario), Streams(1, replication))


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kathmandu"])
def test_every_interval_has_the_mean_of_its_row(make_scenario: Make, minutes: int, timezone: str) -> None:
    rows = 7 * 24 * 60 // minutes
    email, phone = np.arange(rows) % 7 / 2, 1.0 + np.arange(rows) % 5
    stated = forecast(minutes, email.tolist(), phone.tolist(), begins="2026-01-05 00:00")
    found = means(scenario_of(make_scenario, stated, timezone=timezone), minutes)
    assert_allclose(found, [email, phone], rtol=1e-9)


def test_an_ordinary_week_holds_from_any_day_of_it_on(make_scenario: Make) -> None:
    email = np.arange(7 * 24.0)
    found = means(scenario_of(make_scenario, forecast(60, email.tolist()), start="2026-01-07"), 60)
    assert_allclose(found[0], np.roll(email, -2 * 24), rtol=1e-9, atol=1e-9)


def test_beyond_the_file_its_nearest_week_holds(make_scenario: Make) -> None:
    # Ten days from a Wednesday, 08:00 on, numbered by their hours.
    email = np.arange(10 * 24.0)
    stated = forecast(60, email.tolist(), begins="2026-01-07 08:00", beyond="nearest_week")
    found = means(scenario_of(make_scenario, stated, length="3 weeks"), 60)[0]
    # Monday to Wednesday 08:00 are as a week later in the file, five days and 16 hours after its beginning.
    assert_allclose(found[:56], email[112:168], rtol=1e-9)
    assert_allclose(found[56 : 56 + 240], email, rtol=1e-9, atol=1e-9)
    assert_allclose(found[296:464], email[-168:], rtol=1e-9)
    assert_allclose(found[464:], email[-168:][: len(found) - 464], rtol=1e-9)


def test_a_time_that_the_table_lacks_is_refused(make_scenario: Make) -> None:
    scenario = scenario_of(make_scenario, forecast(60, [1.0] * 167, begins="2026-01-05 00:00"))
    with pytest.raises(ValueError, match="does not cover"):
        drawn(scenario)
    unread = make_scenario({"demand": {"forecast": "calls.csv"}})
    with pytest.raises(ValueError, match="has not been read"):
        drawn(unread)


def test_the_hour_that_comes_twice_shares_its_row_and_the_skipped_one_has_none(make_scenario: Make) -> None:
    # New York: 2026-03-08 02:00 is skipped, 2026-11-01 01:00 comes twice.
    spring = scenario_of(
        make_scenario, forecast(60, [6.0] * 168), "2026-03-08", timezone="America/New_York", length="1 day"
    )
    assert_allclose(means(spring, 60)[0], [6.0] * 23)
    autumn = scenario_of(
        make_scenario, forecast(60, [6.0] * 168), "2026-11-01", timezone="America/New_York", length="1 day"
    )
    assert_allclose(means(autumn, 60)[0], [6.0, 3.0, 3.0, *[6.0] * 22])
    # Lord Howe turns its clocks by half an hour: 02:00 to 02:30 is skipped, and 01:30 to 02:00 comes twice.
    spring = scenario_of(
        make_scenario, forecast(60, [6.0] * 168), "2026-10-04", timezone="Australia/Lord_Howe", length="1 day"
    )
    assert_allclose(means(spring, 30)[0][:8], [3.0, 3.0, 3.0, 3.0, 6.0, 3.0, 3.0, 3.0])
    autumn = scenario_of(
        make_scenario, forecast(30, [6.0] * 336), "2026-04-05", timezone="Australia/Lord_Howe", length="1 day"
    )
    assert_allclose(means(autumn, 30)[0][:7], [6.0, 6.0, 6.0, 3.0, 3.0, 6.0, 6.0])


def test_counts_are_poisson_with_the_means_of_the_file(make_scenario: Make) -> None:
    weights = np.array([0.4, 3.0, 0.0, 11.0] * 24)
    stated = forecast(15, weights.tolist() * 7, begins="2026-01-05 00:00")
    scenario = scenario_of(make_scenario, stated)
    counts = np.stack([
        np.bincount(drawn(scenario, number).arrived_ms // (15 * MINUTE_MS), minlength=672) for number in range(20)
    ])  # fmt: skip
    mean = weights.mean() * 672
    total = counts.sum()
    assert 2 * min(stats.poisson.cdf(total, 20 * mean), stats.poisson.sf(total - 1, 20 * mean)) > LEAST_P
    for place, expected in enumerate([0.4, 3.0, 0.0, 11.0]):
        of_place = counts[:, place::4].ravel()
        assert of_place.sum() == 0 if expected == 0 else _is_poisson(of_place, expected)
    # Control: the test tells a mean that is 5 % off.
    assert not _is_poisson(counts[:, 3::4].ravel(), 11.55)


def _is_poisson(counts: NDArray[np.int64], mean: float) -> bool:
    """Return whether neither the mean of counts nor their dispersion speaks against a Poisson law."""
    count = len(counts)
    total = 2 * min(stats.poisson.cdf(counts.sum(), count * mean), stats.poisson.sf(counts.sum() - 1, count * mean))
    dispersion = float(((counts - mean) ** 2).sum() / mean)
    tails = stats.chi2(count)
    # A sum of squares of Poisson counts has 1 / mean more variance than chi-square has.
    wider = np.sqrt(1 + 1 / (2 * mean))
    z = (dispersion - tails.mean()) / (tails.std() * wider)
    return bool(total > LEAST_P and 2 * stats.norm.sf(abs(z)) > LEAST_P)


def test_a_smaller_forecast_keeps_some_of_the_same_customers(make_scenario: Make) -> None:
    stated = forecast(15, [3.0] * 672, begins="2026-01-05 00:00")
    all_of_them = drawn(scenario_of(make_scenario, stated))
    fewer = drawn(scenario_of(make_scenario, stated | {"factor": 0.5}))
    assert set(fewer.key.tolist()) < set(all_of_them.key.tolist())
    assert 2 * stats.binom.cdf(len(fewer.key), len(all_of_them.key), 0.5) > LEAST_P
    # Another Tuesday leaves Monday's customers as they are.
    other = forecast(15, [3.0] * 96 + [9.0] * 576, begins="2026-01-05 00:00")
    monday = [each.arrived_ms < DAY_MS for each in (all_of_them, drawn(scenario_of(make_scenario, other)))]
    assert_array_equal(all_of_them.key[monday[0]], drawn(scenario_of(make_scenario, other)).key[monday[1]])


def test_events_changes_and_busyness_act_on_a_forecast(make_scenario: Make) -> None:
    stated = forecast(60, [4.0] * 168, begins="2026-01-05 00:00")
    scenario = scenario_of(make_scenario, stated)
    plain = drawn(scenario)
    outage = {"outage": {"at": "2026-01-06 00:00", "lasts": "1 day", "volume": "+300%"}}
    with_event = scenario.model_copy(update={"events": make_scenario(events=[outage]).events})
    extra = drawn(with_event)
    added = len(extra.key) - len(plain.key)
    assert 2 * min(stats.poisson.cdf(added, 288), stats.poisson.sf(added - 1, 288)) > LEAST_P
    assert set(plain.key.tolist()) < set(extra.key.tolist())
    fix = make_scenario(changes=[{"from": "2026-01-08", "volume": "-100%"}]).changes
    after = drawn(scenario.model_copy(update={"changes": fix})).arrived_ms
    assert after.max() < 3 * DAY_MS
    busy = scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"busyness": 0.3})})
    by_day = means(busy, 24 * 60)[0] / 96
    assert len(set(np.round(by_day, 9).tolist())) == 7
    assert np.all(by_day > 0)
