"""Runs of a small scenario: judged, reproducible, interruptible."""

import multiprocessing
import shlex
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from supportsim.experiment import replicate as replicate_module
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.replicate import Job, ReplicationError, plan_of, replicate
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.ledger import Ledger
from supportsim.measures.audit import AuditError
from supportsim.measures.audit.breach import Breach
from supportsim.scenario.loader import LoadedScenario, load_scenario

DESK = Path(__file__).with_name("desk.yaml")


@pytest.fixture(scope="module")
def desk() -> LoadedScenario:
    return load_scenario(DESK)


@pytest.fixture(scope="module")
def result(desk: LoadedScenario) -> RunResult:
    return run(desk, replications=5, workers=1)


def same(one: RunResult, other: RunResult) -> bool:
    arrays = ("value", "numerator", "denominator")
    equal = all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in arrays)
    return equal and one.keys == other.keys and one.replications == other.replications


def test_replications_differ_and_are_numbered_from_zero(result: RunResult) -> None:
    assert result.replications == (0, 1, 2, 3, 4)
    assert len(set(result.metric("tickets"))) > 1
    assert not result.interrupted


@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_workers_does_not_matter(desk: LoadedScenario, result: RunResult, workers: int) -> None:
    assert same(run(desk, replications=5, workers=workers), result)


def test_the_executor_does_not_matter(desk: LoadedScenario, result: RunResult) -> None:
    with ThreadPoolExecutor(1) as executor:
        assert same(run(desk, replications=5, executor=executor), result)


def test_another_seed_gives_another_result(desk: LoadedScenario, result: RunResult) -> None:
    assert not same(run(desk, replications=5, workers=1, seed=2), result)


def test_more_replications_begin_with_the_same(desk: LoadedScenario, result: RunResult) -> None:
    more = run(desk, replications=6, workers=1)
    assert np.array_equal(more.value[:5], result.value, equal_nan=True)


def test_one_replication_alone_is_the_same(desk: LoadedScenario, result: RunResult) -> None:
    alone = run(desk, only=3)
    assert alone.replications == (3,)
    assert np.array_equal(alone.value[0], result.value[3], equal_nan=True)


def test_targets_are_judged_in_the_order_of_the_file(result: RunResult) -> None:
    assert [target.name for target in result.targets] == list(result.scenario.scenario.targets)
    assert [target.verdict for target in result.targets] == [
        Verdict.MET,
        Verdict.MISSED,
        Verdict.MET,
        Verdict.MISSED,
        Verdict.UNDECIDED,
    ]
    assert result.targets[-1].judgement.reason == "nothing to measure"
    assert result.verdict is Verdict.MISSED


def test_a_share_is_the_ratio_of_sums(result: RunResult) -> None:
    place = result.place("response_sla")
    expected = result.numerator[:, place].sum() / result.denominator[:, place].sum()
    assert result.targets[0].judgement.estimate == pytest.approx(expected)
    assert result.table("response_sla")[0]["estimate"] == pytest.approx(expected)


def test_tables_have_a_row_per_member(result: RunResult) -> None:
    rows = result.table("tickets", by="channel")
    assert [row["channel"] for row in rows] == ["email", "phone"]
    assert sum(row["mean"] for row in rows) == pytest.approx(result.metric("tickets").mean())
    crossed = result.table("tickets", by=("segment", "priority"))
    assert {(row["priority"], row["segment"]) for row in crossed} >= {("P3", "all")}


def test_what_was_not_measured_is_said(result: RunResult) -> None:
    with pytest.raises(KeyError, match=r"response_sla\[team=back\] was not measured, expected one of response_sla"):
        result.metric("response_sla", team="back")
    with pytest.raises(KeyError, match="turnaround was not measured, expected one of response_sla"):
        result.metric("turnaround")
    with pytest.raises(KeyError, match="backlog_age_minutes is not measured by team"):
        result.table("backlog_age_minutes", by="team")


@pytest.mark.parametrize("wrong", [{"replications": 0}, {"seed": -1}, {"workers": 0}, {"only": -1}])
def test_numbers_out_of_range_are_refused(desk: LoadedScenario, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected at least 1 replication"):
        run(desk, **wrong)  # type: ignore[arg-type]


def test_progress_is_told_before_the_first_and_after_each(desk: LoadedScenario) -> None:
    told: list[tuple[int, int]] = []
    run(desk, replications=3, workers=1, on_progress=lambda finished, total: told.append((finished, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_ledgers_can_be_kept(desk: LoadedScenario) -> None:
    kept: dict[int, Ledger] = {}
    run(desk, replications=2, workers=1, keep=lambda number, plan, workload, ledger: kept.update({number: ledger}))
    assert sorted(kept) == [0, 1]
    assert all(len(ledger) > 0 for ledger in kept.values())


def interrupt_at(number: int) -> Callable[..., None]:
    def progress(finished: int, total: int) -> None:
        if finished == number:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interruption_keeps_what_is_finished(desk: LoadedScenario, result: RunResult, workers: int) -> None:
    stopped = run(desk, replications=500, workers=workers, on_progress=interrupt_at(3))
    assert len(stopped.replications) == 3
    assert stopped.interrupted
    assert multiprocessing.active_children() == []
    if stopped.replications == (0, 1, 2):
        assert np.array_equal(stopped.value, result.value[:3], equal_nan=True)


def test_an_interruption_before_anything_is_finished_is_passed_on(desk: LoadedScenario) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(desk, workers=1, on_progress=interrupt_at(0))


def fail_in(monkeypatch: pytest.MonkeyPatch, number: int, error: Callable[[Any], Exception]) -> None:
    """Let the audit of one replication fail."""
    calls = iter(range(1000))

    def audit(plan: Any, workload: Any, ledger: Any) -> None:
        if next(calls) == number:
            raise error(plan)

    monkeypatch.setattr(replicate_module, "audit", audit)


def test_a_failed_audit_names_rule_and_the_line_that_shows_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_scenario(DESK, ["demand.contacts.count=70", "name=other desk".replace(" ", "_")])
    fail_in(monkeypatch, 1, lambda plan: AuditError("time runs forward", Breach(5, 3, 0, "more", "less"), plan))
    with pytest.raises(ReplicationError) as failure:
        run(loaded, replications=3, workers=1, seed=4)
    first, last = str(failure.value).splitlines()
    assert first.startswith("replication 1: AuditError: audit: rule 'time runs forward' is broken at 5 ms")
    expected = f"{DESK} --set demand.contacts.count=70 --set name=other_desk --seed 4 --only-replication 1"
    assert shlex.split(last.removeprefix("reproduce with: ")) == ["supportsim", "run", *expected.split()]


def test_a_failure_crosses_process_borders(desk: LoadedScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_in(monkeypatch, 0, lambda plan: AuditError("time runs forward", Breach(5, 3, 0, "more", "less"), plan))
    with pytest.raises(ReplicationError, match=r"reproduce with: supportsim run .* --seed 1 --only-replication"):
        run(desk, replications=4, workers=2)


def test_what_cannot_be_written_is_no_bug(desk: LoadedScenario) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        run(desk, replications=1, keep=full)


def test_the_plan_is_compiled_once_and_never_that_of_another_scenario(desk: LoadedScenario) -> None:
    other = load_scenario(DESK, ["teams.front.roster.daily.day=3"])
    jobs = [Job(loaded.scenario, loaded.digest, 1, "") for loaded in (desk, other)]
    assert plan_of(jobs[0]) is plan_of(jobs[0])
    assert len(plan_of(jobs[1]).people.names) > len(plan_of(jobs[0]).people.names)
    assert replicate(jobs[0], 0).keys == replicate(jobs[0], 1).keys
