"""Every known answer on the floor: what is simulated is what is known, and wrong models are found out."""

from __future__ import annotations

import pytest
from judge import MisfitError, judge
from known_answers import CASES, TRACES
from known_answers.case import Case, Trace, sample

RUNS = [pytest.param(case, id=case.number, marks=[pytest.mark.slow] if case.slow else []) for case in CASES]


@pytest.mark.parametrize("case", RUNS)
def test_the_floor_gives_what_is_known(case: Case) -> None:
    found = case.sample()
    for name, known in case.known.items():
        judge(found[name], known.exact, known.largest_error, name, known.own_error)
    for wrong in case.wrong:
        samples = sample(case.number, wrong.replicate, wrong.replications) if wrong.replicate else found
        for name, value in wrong.values.items():
            with pytest.raises(MisfitError):
                judge(samples[name], value, what=f"{wrong.what}: {name}")


@pytest.mark.parametrize("case", [case for case in CASES if case.published], ids=lambda case: case.number)
def test_theory_gives_what_is_published(case: Case) -> None:
    exact = {name: case.known[name].exact for name in case.published}
    assert exact == pytest.approx(dict(case.published), rel=case.published_error)


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.number)
def test_traces_are_equal_to_the_minute(trace: Trace) -> None:
    for name, (found, expected) in trace.rows().items():
        assert found == expected, name
    for name, (found, expected) in trace.wrong().items():
        assert found != expected, name


def test_every_case_has_its_own_number_and_a_wrong_model() -> None:
    numbers = [case.number for case in (*CASES, *TRACES)]
    assert len(set(numbers)) == len(numbers)
    assert all(case.wrong for case in CASES)
    assert all(case.replications >= 20 for case in CASES)
