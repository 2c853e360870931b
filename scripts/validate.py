"""Holds the simulator against every known answer with long runs, and writes docs/validation.md and its picture.

The cases are those of tests/theory; here each is first repeated as often as its limits need, maybe more often than
in the quick tests, then until its standard errors are small, in rounds of twice the effort; the page is written after
each, so that a run that is stopped leaves that of its last whole round. Exits with 1 if any comparison fails. With
numbers of cases as arguments only those are run, and nothing is written.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import beta, kstest, norm

from supportsim.experiment.execute import cores, executor_for, run_all

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "theory"))

from judge import LARGEST_Z, Comparison, compare  # noqa: E402
from known_answers import CASES, TRACES  # noqa: E402
from known_answers.case import Case, Known, Samples, Trace, gather, streams_of  # noqa: E402

PAGE = ROOT / "docs" / "validation.md"
PICTURE = ROOT / "docs" / "pictures" / "validation.svg"
WANTED_ERROR = 0.01
MOST_TIMES = 16
FAMILIES = {
    "A": "One line, one group",
    "B": "Priorities",
    "C": "Networks and journeys",
    "D": "In time",
    "E": "Skills",
    "F": "Several contacts at once",
    "G": "Without chance: shift ends and full lines",
    "H": "Open hours",
    "P": "People who work together",
}


RIGHT = -1
Found = dict[tuple[str, int], dict[int, dict[str, float]]]
"""What each replication measured, by case and model, and by replication."""


@dataclass(frozen=True, order=True)
class Task:
    """One replication of a case: of the right model, or of the wrong one at place ``model``."""

    number: str
    model: int
    replication: int


@dataclass(frozen=True)
class Outcome:
    """A case and what was found.

    Args:
        case: the case.
        replications: how many.
        compared: by metric.
        wrong: by wrong model and metric.
    """

    case: Case
    replications: int
    compared: Mapping[str, Comparison]
    wrong: Mapping[tuple[str, str], Comparison]

    @property
    def largest_error(self) -> float:
        """Largest standard error, relative to the exact value."""
        return max(self.compared[name].error / abs(known.exact) for name, known in self.case.known.items())

    @property
    def largest_z(self) -> float:
        """Largest distance in standard errors."""
        return max(abs(found.z) for found in self.compared.values())

    @property
    def least_rejected(self) -> float:
        """Least distance of a wrong model."""
        return min(abs(found.z) for found in self.wrong.values())

    @property
    def passes(self) -> bool:
        """Whether all that is known fits, and no wrong model does."""
        return self.least_rejected > LARGEST_Z and all(
            fits(self.compared[name], known) for name, known in self.case.known.items()
        )


def fits(found: Comparison, known: Known) -> bool:
    """Whether a metric passes."""
    return abs(found.z) <= LARGEST_Z and found.error <= known.largest_error * abs(known.exact)


BY_NUMBER = {case.number: case for case in CASES}


def simulate(task: Task) -> tuple[Task, dict[str, float]]:
    """Run one replication."""
    case = BY_NUMBER[task.number]
    replicate = case.replicate if task.model == RIGHT else case.wrong[task.model].replicate
    assert replicate is not None
    return task, dict(replicate(streams_of(task.number, task.replication)))


def first_tasks(case: Case) -> Iterable[Task]:
    """Yield what the stated limits need."""
    yield from (Task(case.number, RIGHT, number) for number in range(case.replications))
    for place, wrong in enumerate(case.wrong):
        if wrong.replicate is not None:
            yield from (Task(case.number, place, number) for number in range(wrong.replications))


def more_tasks(case: Case, rows: Mapping[int, Mapping[str, float]], most_times: int) -> Iterable[Task]:
    """Yield what a case still needs for standard errors of about `WANTED_ERROR`, within limits."""
    first = gather(rows[number] for number in range(case.replications))
    largest = max(compare(first[name], known.exact).error / abs(known.exact) for name, known in case.known.items())
    times = min(max(1, (largest / WANTED_ERROR) ** 2), most_times)
    yield from (
        Task(case.number, RIGHT, number) for number in range(len(rows), int(np.ceil(case.replications * times)))
    )


def run_tasks(tasks: list[Task], what: str, found: Found) -> None:
    """Add to ``found`` what each replication measured."""
    workers = cores()
    began = time.monotonic()
    with executor_for(workers) as where:
        for finished, (_, (task, row)) in enumerate(run_all(where, simulate, tasks, 4 * workers), start=1):
            found.setdefault((task.number, task.model), {})[task.replication] = row
            if finished % 250 == 0 or finished == len(tasks):
                took = (time.monotonic() - began) / 60
                print(f"{what}: {finished} of {len(tasks)} replications, {took:.1f} min", file=sys.stderr, flush=True)


def rounds(cases: Iterable[Case], most_times: int) -> Iterator[tuple[int, list[Outcome]]]:
    """Run the cases in full, then up to twice as often, and so on; yield each round's limit and outcomes."""
    cases, times = list(cases), 1
    found: Found = {}
    run_tasks([task for case in cases for task in first_tasks(case)], "in full", found)
    while True:
        yield times, [outcome(case, found) for case in cases]
        if times == most_times:
            return
        times = min(2 * times, most_times)
        more = [task for case in cases for task in more_tasks(case, found[case.number, RIGHT], times)]
        if more:
            run_tasks(more, f"at most {times} times as often", found)


def outcome(case: Case, found: Mapping[tuple[str, int], Mapping[int, Mapping[str, float]]]) -> Outcome:
    """Compare what was simulated with what is known and with the wrong models."""
    right = samples(found[case.number, RIGHT])
    compared = {name: compare(right[name], known.exact, known.own_error) for name, known in case.known.items()}
    wrong = {}
    for place, model in enumerate(case.wrong):
        measured = right if model.replicate is None else samples(found[case.number, place])
        for name, value in model.values.items():
            wrong[model.what, name] = compare(measured[name], value)
    return Outcome(case, len(found[case.number, RIGHT]), compared, wrong)


def samples(rows: Mapping[int, Mapping[str, float]]) -> Samples:
    """Return the numbers of each metric in the order of the replications."""
    return gather(rows[number] for number in sorted(rows))


def draw(found: list[Outcome], file: Path) -> None:
    """Draw the z-scores against what a normal distribution would give: one of each system, and all."""
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 10, "svg.hashsalt": "supportsim"})
    figure = Figure(figsize=(10, 5.4), layout="constrained", facecolor="white")
    one, everything = figure.subplots(1, 2, sharey=True)
    quantiles(one, first_scores(found), "the first of each system, all independent", band=True)
    quantiles(everything, scores(found), "all; those of one system move together")
    one.set_ylabel("z-score found: (simulated - exact) / standard error")
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, metadata={"Date": None})


def quantiles(axes: Axes, z: np.ndarray, what: str, *, band: bool = False) -> None:
    """Draw ordered z-scores against normal ones; the band holds 95 % of each place, if they are independent."""
    count, ordered = len(z), np.sort(z)
    place = np.arange(1, count + 1)
    expected = norm.ppf((place - 0.5) / count)
    if band:
        low, high = (norm.ppf(beta.ppf(share, place, count + 1 - place)) for share in (0.025, 0.975))
        axes.fill_between(expected, low, high, color="#d9e2ea", linewidth=0)
    axes.plot([-4, 4], [-4, 4], color="#9aa7b4", linewidth=1)
    for limit in (-LARGEST_Z, LARGEST_Z):
        axes.axhline(limit, color="#b03a2e", linewidth=1, linestyle="--")
    axes.plot(expected, ordered, ".", color="#1f5f8b", markersize=5)
    reach = max(4.0, float(abs(ordered).max()) + 0.3)
    axes.set(xlim=(-4, 4), ylim=(-reach, reach), xlabel="z-score that a normal distribution would give")
    axes.set_title(f"{count} comparisons: {what}", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)


def page(found: list[Outcome], took: str, most_times: int) -> str:
    """Return the page."""
    parts = ["# Validation", "", *introduction(found, took, most_times), "", "## Systems", "", LEGEND]
    for letter in sorted({each.number[0] for each in (*(case.case for case in found), *TRACES)}):
        cases = [case for case in found if case.case.number.startswith(letter)]
        traces = [trace for trace in TRACES if trace.number.startswith(letter)]
        parts += ["", f"### {FAMILIES[letter]}"]
        if cases:
            parts += ["", *table(SYSTEM_HEAD, "lrrrrrl", map(system_row, cases))]
        if traces:
            parts += ["", *table(["trace", "rows", "verdict"], "lrl", map(trace_row, traces))]
    parts += ["", "## Every comparison"]
    for case in found:
        parts += ["", *case_details(case)]
    return "\n".join(parts) + "\n"


SYSTEM_HEAD = ["system", "replications", "comparisons", "error", "largest \\|z\\|", "wrong", "verdict"]
LEGEND = (
    "Replications are independent. *error* is the largest standard error, as a share of the exact value; *wrong* the"
    " least \\|z\\| at which a wrong model was told apart."
)


def introduction(found: list[Outcome], took: str, most_times: int) -> list[str]:
    """Return what a reader in a hurry wants to know."""
    wrong = [one for case in found for one in case.wrong.values()]
    passed = sum(case.passes for case in found)
    rejected = sum(abs(one.z) > LARGEST_Z for one in wrong)
    return [
        "Written by `make validate` from real runs; no number here is typed in. What the systems are, and what"
        " counts as agreement, is in [theory](theory.md). Each is defined once, in `tests/theory/known_answers/`, and"
        " `make test` runs the same ones.",
        "",
        f"**{passed} of {len(found)} systems pass in {len(scores(found))} comparisons,"
        f" {sum(map(trace_passes, TRACES))} of {len(TRACES)} exact traces are equal, and {rejected} of {len(wrong)}"
        f" comparisons with deliberately wrong models are rejected.** {took} {effort(most_times)}",
        "",
        "A comparison passes if the simulated mean lies within 3.5 standard errors of the exact value, and the"
        f" standard error is a stated small part of that value. {luck(found)}",
        "",
        f"![z-scores against the normal distribution: one of each system, and all](pictures/{PICTURE.name})",
    ]


def luck(found: list[Outcome]) -> str:
    """Return how the z-scores lie beside what chance alone would do."""
    z, first, count = scores(found), first_scores(found), len(found)
    expected = np.mean([next(iter(case.compared.values())).z_of_skewness for case in found])
    p = kstest(first, norm.cdf).pvalue
    return (
        "If the simulator is right, the z-scores are those of a normal distribution. Comparisons of one system come"
        " from the same runs and rise and fall together, but each system has random numbers of its own: the first"
        f" z-scores of the {count} systems are independent. Their mean is {first.mean():+.2f} (chance: {expected:+.2f},"
        f" for the samples are skewed, ± {1 / np.sqrt(count):.2f}), their deviation {first.std():.2f} (chance: 1 ±"
        f" {np.sqrt(0.5 / count):.2f}), and the Kolmogorov-Smirnov test against the normal distribution gives"
        f" p = {p:.2f}. Of all {len(z)}, {np.mean(abs(z) > norm.ppf(0.975)):.1%} lie beyond 1.96,"
        f" where 5 % belong; the largest is {abs(z).max():.2f}."
    )


def effort(most_times: int) -> str:
    """Return how often the systems were repeated."""
    if most_times == 1:
        return f"Each was repeated as often as its limits need; left to itself, `make validate` goes on to {FULL}."
    less = f" (left to itself, `make validate` allows {MOST_TIMES} times)" if most_times < MOST_TIMES else ""
    return f"Each was repeated up to {FULL}, but at most {most_times} times as often as its limits need{less}."


FULL = f"a standard error of {WANTED_ERROR:.0%}"


def scores(found: list[Outcome]) -> np.ndarray:
    """Return all z-scores."""
    return np.array([one.z for case in found for one in case.compared.values()])


def first_scores(found: list[Outcome]) -> np.ndarray:
    """Return the z-score of the first metric of each system."""
    return np.array([next(iter(case.compared.values())).z for case in found])


def table(head: list[str], sides: str, rows: Iterable[list[str]]) -> list[str]:
    """Return a Markdown table."""
    lines = [head, ["--:" if side == "r" else "---" for side in sides], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def system_row(one: Outcome) -> list[str]:
    """Return the row of a system."""
    return [
        f"{one.case.number}: {one.case.title} ({one.case.source})",
        str(one.replications),
        str(len(one.compared)),
        f"{one.largest_error:.2%}",
        f"{one.largest_z:.2f}",
        f"{one.least_rejected:.1f}",
        verdict(one.passes, "pass", "FAIL"),
    ]


def verdict(good: bool, word: str, bad_word: str) -> str:
    """Return a word, loudly if it is bad."""
    return word if good else f"**{bad_word}**"


def trace_row(trace: Trace) -> list[str]:
    """Return the row of a trace."""
    equal = verdict(trace_passes(trace), "equal", "DIFFERS")
    return [f"{trace.number}: {trace.title} ({trace.source})", str(len(trace.rows())), equal]


def trace_passes(trace: Trace) -> bool:
    """Whether all rows are equal and all wrong ones differ."""
    right, wrong = trace.rows(), trace.wrong()
    return all(found == expected for found, expected in right.values()) and all(
        found != expected for found, expected in wrong.values()
    )


def case_details(one: Outcome) -> list[str]:
    """Return all rows of a system, folded."""
    judged = [
        [
            name,
            f"{known.exact:.6g}",
            f"{one.compared[name].estimate:.6g}",
            f"{one.compared[name].error:.2g}",
            f"{one.compared[name].z:+.2f}",
            verdict(fits(one.compared[name], known), "pass", "FAIL"),
        ]
        for name, known in one.case.known.items()
    ]
    rejected = [
        [what, name, f"{found.z:+.1f}", verdict(abs(found.z) > LARGEST_Z, "rejected", "PASSES")]
        for (what, name), found in one.wrong.items()
    ]
    return [
        f"<details><summary>{one.case.number}: {one.case.title}</summary>",
        "",
        *table(["metric", "exact", "simulated", "standard error", "z", "verdict"], "lrrrrl", judged),
        "",
        *table(["wrong model", "metric", "z", "verdict"], "llrl", rejected),
        "",
        "</details>",
    ]


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return what is asked for."""
    parser = argparse.ArgumentParser(description="Hold the simulator against every known answer.")
    parser.add_argument("numbers", nargs="*", metavar="CASE", help="run only these, and write nothing")
    parser.add_argument(
        "--most-times", type=int, default=MOST_TIMES, metavar="N",
        help="repeat a system at most N times as often as its limits need (default: %(default)s)",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    unknown = [number for number in asked.numbers if number not in BY_NUMBER]
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}; expected some of {', '.join(BY_NUMBER)}")
    if asked.most_times < 1:
        parser.error(f"--most-times: {asked.most_times}; expected at least 1")
    return asked


def duration(began: float) -> str:
    """Return what has been spent; others may have used the machine meanwhile."""
    wall, work = (time.monotonic() - began) / 60, sum(os.times()[:4]) / 60
    count = cores()
    return f"It took {wall:.0f} min on {count} core{'s' * (count > 1)}, {work:.0f} min of processor time in all."


def main() -> int:
    """Run what is asked for and return the exit code."""
    asked = parse(sys.argv[1:])
    began = time.monotonic()
    failed: list[str] = []
    cases = [case for case in CASES if not asked.numbers or case.number in asked.numbers]
    for times, found in rounds(cases, asked.most_times):
        failed = [one.case.number for one in found if not one.passes]
        failed += [trace.number for trace in TRACES if not trace_passes(trace)]
        text = page(found, duration(began), times)
        if not asked.numbers:
            PAGE.write_text(text, encoding="utf-8")
            draw(found, PICTURE)
        verdicts = f"failed: {', '.join(failed)}" if failed else "all pass"
        print(f"at most {times} times as often as needed: {verdicts}", file=sys.stderr)
    print(text if asked.numbers else PAGE.relative_to(ROOT))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
