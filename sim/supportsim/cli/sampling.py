"""How many replications a run wants, and how sure it is to be: the options and what they come to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from supportsim.experiment.precision import Precision, StoppingRule
    from supportsim.scenario.loader import LoadedScenario

MOST_REPLICATIONS = 500


@dataclass(frozen=True)
class Sampling:
    """What the user asked for.

    Args:
        precisions: as written.
        confidence: of the verdicts together.
        most: replications; None if their number is not to grow.
    """

    precisions: tuple[str, ...]
    confidence: float
    most: int | None

    def rule(self, scenario: LoadedScenario, first: int, only: int | None) -> StoppingRule | None:
        """Return when to stop, None if the number of replications is stated.

        Args:
            scenario: that will be run.
            first: replications at the first look.
            only: the one replication that is wanted, if so.

        Raises:
            click.UsageError: the options do not fit together or the scenario.
        """
        from supportsim.experiment.precision import StoppingRule, looks_between

        if self.most is None and not self.precisions:
            return None
        if only is not None:
            raise click.UsageError("--only-replication runs one, expected no --precision or --max-replications")
        most = MOST_REPLICATIONS if self.most is None else self.most
        if most < first:
            raise click.UsageError(f"--max-replications {most}: expected at least --replications, {first}")
        precisions = tuple(_parsed(text) for text in self.precisions)
        if not scenario.scenario.targets and all(one.key is None for one in precisions):
            raise click.UsageError("the scenario has no targets, expected --precision METRIC=VALUE")
        _check_measured(scenario, precisions)
        return StoppingRule(precisions, looks_between(first, most), self.confidence)


def sampling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options and hand it what was chosen as ``sampling``, a `Sampling`."""

    @click.option(
        "--precision",
        "precisions",
        multiple=True,
        metavar="[METRIC=]VALUE",
        help="Add replications until promises are decided or known to 5% (of the value), '0.5 points' or '2 min'.",
    )
    @click.option(
        "--confidence", default="95%", show_default=True, callback=read_confidence, help="Of all verdicts together."
    )
    @click.option(
        "--max-replications",
        "most",
        type=click.IntRange(min=1),
        metavar="N",
        help=f"Add replications until promises are decided, at most so many.  [with --precision: {MOST_REPLICATIONS}]",
    )
    @functools.wraps(command)
    def collected(
        *arguments: Any, precisions: tuple[str, ...], confidence: float, most: int | None, **options: Any
    ) -> Any:
        return command(*arguments, sampling=Sampling(precisions, confidence, most), **options)

    return collected


def _parsed(text: str) -> Precision:
    from supportsim.experiment.precision import parse_precision

    try:
        return parse_precision(text)
    except ValueError as error:
        raise click.UsageError(f"--precision: {error}") from None


def _check_measured(scenario: LoadedScenario, precisions: tuple[Precision, ...]) -> None:
    """Find out before anything is simulated that a metric is not there."""
    from supportsim.measures.measure import metric_keys
    from supportsim.plan.compile import compile_plan

    named = [one for one in precisions if one.key is not None]
    if not named:
        return
    measured = metric_keys(compile_plan(scenario.scenario))
    for one in named:
        if one.key not in measured:
            known = [str(key) for key in measured if one.key is not None and key.metric == one.key.metric]
            raise click.UsageError(
                f"--precision {one.text}: {one.key} is not measured, expected one of {', '.join(known)}"
            )


def read_confidence(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Read an option that says how sure something is to be; None where it is not given.

    Raises:
        click.BadParameter: it is no share from 50% to below 100%.
    """
    from supportsim.scenario.units import parse_share

    if value is None:
        return None
    try:
        confidence = parse_share(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if not 0.5 <= confidence < 1:
        raise click.BadParameter(f"{value!r}, expected at least 50% and less than 100%")
    return confidence
