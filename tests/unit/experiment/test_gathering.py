"""Replications put together as they come: any order, few or many, in flat memory."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from supportsim.experiment import gathering as gathering_module
from supportsim.experiment.gathering import Gathering
from supportsim.experiment.replicate import Job, plan_of, replicate_bare
from supportsim.measures.measure import Measures, metric_keys
from supportsim.scenario.loader import LoadedScenario, load_scenario

DESK = Path(__file__).with_name("desk.yaml")


@pytest.fixture(scope="module")
def desk() -> LoadedScenario:
    return load_scenario(DESK)


@pytest.fixture(scope="module")
def measures(desk: LoadedScenario) -> list[Measures]:
    job = Job(desk.scenario, desk.digest, 1, "")
    return [replicate_bare(job, number) for number in range(3)]


def gathered(desk: LoadedScenario, measures: list[Measures], numbers: range, come: list[int]) -> Gathering:
    keys = metric_keys(plan_of(Job(desk.scenario, desk.digest, 1, "")))
    gathering = Gathering(desk, 1, numbers, keys)
    for number in come:
        gathering.add(number, measures[number])
    return gathering


def test_the_order_in_which_they_come_does_not_matter(desk: LoadedScenario, measures: list[Measures]) -> None:
    one = gathered(desk, measures, range(3), [2, 0, 1])
    assert one.complete
    result = one.result()
    assert result.replications == (0, 1, 2)
    assert np.array_equal(result.value, [found.value for found in measures], equal_nan=True)
    assert np.array_equal(result.demand, sum(found.demand for found in measures))
    assert result.keys == metric_keys(plan_of(Job(desk.scenario, desk.digest, 1, "")))


def test_those_that_are_missing_leave_no_gap(desk: LoadedScenario, measures: list[Measures]) -> None:
    some = gathered(desk, measures, range(5), [2, 0])
    assert (len(some), some.complete) == (2, False)
    result = some.result()
    assert (result.replications, result.interrupted) == ((0, 2), True)
    assert np.array_equal(result.backlog, [measures[0].backlog, measures[2].backlog])
    assert np.array_equal(result.value[1], measures[2].value, equal_nan=True)


def test_a_large_table_is_the_same_in_a_file(
    desk: LoadedScenario, measures: list[Measures], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = gathered(desk, measures, range(3), [0, 1, 2]).result()
    monkeypatch.setattr(gathering_module, "LARGEST_IN_MEMORY", 0)
    found = gathered(desk, measures, range(3), [0, 1, 2]).result()
    assert np.array_equal(found.value, expected.value, equal_nan=True)
    assert found.targets == expected.targets


def test_ten_thousand_replications_take_no_more_memory_than_a_few(
    desk: LoadedScenario, measures: list[Measures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering_module, "LARGEST_IN_MEMORY", 2**20)
    keys = metric_keys(plan_of(Job(desk.scenario, desk.digest, 1, "")))

    def peak(count: int) -> int:
        tracemalloc.start()
        gathering = Gathering(desk, 1, range(count), keys)
        for number in range(count):
            gathering.add(number, measures[number % 3])
        result = gathering.result()
        assert len(result.summary.estimate) == len(keys)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    tables = 3 * 8 * len(keys) * 10_000
    assert peak(10_000) < tables / 4
