"""Every known answer on the floor: what is simulated is what is known, and wrong models are found out."""

from __future__ import annotations

import numpy as np
import pytest
from judge import MisfitError, judge
from known_answers import CASES, TRACES
from known_answers.case import Case, Trace, sample

RUNS = [pytest.param(case, id=case.number, marks=[pytest.mark.slow] if case.slow else []) for case in CASES]
FULL = [pytest.param(case, id=case.number) for case in CASES if case.needs_all]


@pytest.mark.parametrize("case", RUNS)
def test_the_floor_gives_what_is_known(case: Case) -> None:
    # The standard error of fewer replications is larger by the root of their share, and no more.
    hold(case, case.in_quick_tests, np.sqrt(case.replications / case.in_quick_tests))


@pytest.mark.slow
@pytest.mark.parametrize("case", FULL)
def test_the_floor_gives_in_full_what_is_known(case: Case) -> None:
    hold(case, case.replications, 1.0)


def hold(case: Case, replications: int, slack: float) -> None:
    """Judge the first replications, with ``slack`` times the stated standard error; then the wrong models."""
    found = sample(case.number, case.replicate, replications)
    for name, known in case.known.items():
        judge(found[name], known.exact, slack * known.largest_error, name, known.own_error)
    for wrong in case.wrong:
        if wrong.in_full and replications < case.replications:
            continue
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
    assert all(20 <= case.in_quick_tests <= case.replications for case in CASES)
    # What only the full number tells apart must not be all that there is.
    assert all(any(not wrong.in_full for wrong in case.wrong) for case in CASES)
