"""``supportsim compare --best``: the options, and which plan is best."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportsim.cli.progress import progress, say
from supportsim.cli.sampling import MOST_REPLICATIONS, read_confidence

if TYPE_CHECKING:
    from supportsim.experiment.best_plan import Contest, Outcome
    from supportsim.experiment.run import Simulate
    from supportsim.scenario.loader import LoadedScenario
    from supportsim.scenario.metrics import MetricKey


@dataclass(frozen=True)
class Best:
    """What the user asked for.

    Args:
        metric: by which to choose, as written; None if no choice is wanted.
        indifference: as written; None if not said.
        confidence: of the choice; None if not said.
        most: replications of each plan; None if not said.
    """

    metric: str | None
    indifference: str | None
    confidence: float | None
    most: int | None

    def contest(self, first: int) -> Contest | None:
        """Return by what to choose, None if no choice is wanted.

        Args:
            first: replications before the first decision.

        Raises:
            click.UsageError: the options do not fit together.
        """
        from supportsim.experiment.best_plan import Contest
        from supportsim.experiment.judgement import CONFIDENCE

        if self.metric is None:
            self._check_alone()
            return None
        key = _key(self.metric)
        most = MOST_REPLICATIONS if self.most is None else self.most
        if most < first:
            raise click.UsageError(f"--max-replications {most}: expected at least --replications, {first}")
        return Contest(key, self._zone(key), first, most, self.confidence or CONFIDENCE)

    def _check_alone(self) -> None:
        stated = {
            "--indifference": self.indifference,
            "--confidence": self.confidence,
            "--max-replications": self.most,
        }
        for option, value in stated.items():
            if value is not None:
                raise click.UsageError(f"{option} says how the best plan is chosen, expected --best METRIC too")

    def _zone(self, key: MetricKey) -> float:
        from supportsim.experiment.best_plan import parse_indifference

        if self.indifference is None:
            raise click.UsageError("--best: expected --indifference too, the smallest difference worth detecting")
        try:
            return parse_indifference(key, self.indifference)
        except ValueError as error:
            raise click.UsageError(f"--indifference: {error}") from None


def best_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options and hand it what was chosen as ``best``, a `Best`."""

    @click.option("--best", "metric", metavar="METRIC", help="Instead of all that differs: which plan is best by this.")
    @click.option(
        "--indifference", metavar="VALUE", help="With --best: smallest difference that matters: '0.5 points', '2 min'."
    )
    @click.option(
        "--confidence", metavar="SHARE", callback=read_confidence, help="With --best: of the choice.  [default: 95%]"
    )
    @click.option(
        "--max-replications",
        "most",
        type=click.IntRange(min=2),
        metavar="N",
        help=f"With --best: at most so many of each plan.  [default: {MOST_REPLICATIONS}]",
    )
    @functools.wraps(command)
    def collected(
        *arguments: Any,
        metric: str | None,
        indifference: str | None,
        confidence: float | None,
        most: int | None,
        **options: Any,
    ) -> Any:
        return command(*arguments, best=Best(metric, indifference, confidence, most), **options)

    return collected


def choose(
    contest: Contest, plans: Sequence[LoadedScenario], names: Sequence[str], seed: int, simulate: Simulate, quiet: bool
) -> Outcome:
    """Simulate plans until one is known to be the best, with progress.

    Raises:
        click.UsageError: the metric is not measured in every plan, or there was nothing to measure.
    """
    from supportsim.experiment.best_plan import best_plan
    from supportsim.experiment.selection import NothingMeasuredError

    _check_measured(contest.key, plans, names)
    counts = {name: (0, contest.first) for name in names}
    with progress(f"best of {len(plans)} plans", quiet=quiet) as tell:

        def report(name: str, finished: int, total: int) -> None:
            counts[name] = finished, total
            tell(sum(each[0] for each in counts.values()), sum(each[1] for each in counts.values()))

        try:
            return best_plan(plans, names, contest, seed, simulate, report)
        except NothingMeasuredError as error:
            raise click.UsageError(f"--best {contest.key}: {error}") from None


def write_page(outcome: Outcome, file: Path) -> None:
    """Write the outcome as one HTML file, and say so."""
    from supportsim.report.files import provenance
    from supportsim.report.page.best_page import best_page
    from supportsim.report.page.write import write_page as write

    write(best_page(outcome, [provenance(one.scenario) for one in outcome.contestants]), file)
    say(f"everything is in {file}")


def text(outcome: Outcome, form: str | None) -> str:
    """Return the outcome for the terminal, as Markdown or as JSON."""
    from supportsim.report import best_plan as report

    if form == "json":
        import json

        return json.dumps(report.document(outcome), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "markdown":
        return report.markdown(outcome)
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        report.print_best_plan(outcome, console)
    return captured.get()


def _key(text: str) -> MetricKey:
    from supportsim.scenario.metrics import METRICS, parse_target_key

    try:
        key = parse_target_key(text)
    except ValueError as error:
        raise click.UsageError(f"--best: {error}") from None
    if METRICS[key.metric].better is None:
        raise click.UsageError(f"--best {key}: neither more nor less of it is better, expected for instance cost_total")
    return key


def _check_measured(key: MetricKey, plans: Sequence[LoadedScenario], names: Sequence[str]) -> None:
    """Find out before anything is simulated that the metric is not there."""
    from supportsim.measures.measure import metric_keys
    from supportsim.plan.compile import compile_plan

    for name, plan in zip(names, plans, strict=True):
        measured = metric_keys(compile_plan(plan.scenario))
        if key not in measured:
            known = ", ".join(str(each) for each in measured if each.metric == key.metric) or "another metric"
            raise click.UsageError(f"--best {key}: it is not measured in {name}, expected one of {known}")
