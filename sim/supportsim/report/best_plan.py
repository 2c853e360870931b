"""Which of several plans is best: said with its guarantee, then what each took; for terminal, Markdown and machines."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.best_plan import Outcome
from supportsim.report.files import finite, slice_text
from supportsim.report.markdown import escaped
from supportsim.report.markdown import table as markdown_table
from supportsim.report.words import brief_share, change, listed, metric, quantity
from supportsim.scenario.metrics import METRICS

CAPTION = "mean: over the plan's replications; every plan faces the same customers"
_STYLES = {"best": "green", "open": "yellow"}


def print_best_plan(outcome: Outcome, console: Console) -> None:
    """Print which plan is best and how sure that is, and what became of each."""
    for line in summary_lines(outcome):
        console.print(Text(line))
    console.print()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=CAPTION, caption_justify="left")
    for place, column in enumerate(columns(outcome)):
        table.add_column(column, justify="right" if place in (1, 2) else "left", overflow="fold")
    for plan in order(outcome):
        *figures, became = cells(outcome, plan)
        table.add_row(*figures, Text(became, style=_STYLES.get(state(outcome, plan), "")))
    console.print(table)


def markdown(outcome: Outcome) -> str:
    """Return the same as Markdown."""
    lines = [f"- {escaped(line)}" for line in summary_lines(outcome)]
    rows = [cells(outcome, plan) for plan in order(outcome)]
    return "\n".join([*lines, "", *markdown_table(columns(outcome), rows, left=(0, 3)), "", f"{CAPTION}."]) + "\n"


def document(outcome: Outcome) -> dict[str, Any]:
    """Return the same for machines; ``best`` is null where it cannot be told."""
    contest, selection, plans = outcome.contest, outcome.selection, outcome.contestants
    info = METRICS[contest.key.metric]
    dropped = {one.plan: one for one in selection.eliminations}
    return {
        "seed": outcome.seed,
        "metric": contest.key.metric,
        "stat": contest.key.stat or "",
        "slice": slice_text(contest.key.slices),
        "unit": info.unit,
        "better": info.better,
        "indifference": contest.indifference,
        "confidence": contest.confidence,
        "max_replications": contest.most,
        "best": None if selection.best is None else plans[selection.best].name,
        "decided_after": None if selection.best is None else selection.replications,
        "plans": [
            {
                "name": plan.name,
                "scenario": plan.scenario.scenario.name,
                "digest": plan.scenario.digest,
                "mean": finite(float(plan.values.mean())),
                "replications": len(plan.values),
                "state": state(outcome, place),
                "dropped_after": dropped[place].after if place in dropped else None,
                "beaten_by": plans[dropped[place].by].name if place in dropped else None,
            }
            for place, plan in enumerate(plans)
        ],
        "sentences": summary_lines(outcome),
    }


def summary_lines(outcome: Outcome) -> list[str]:
    """Return which plan is best, how sure that is, and what remains open, in plain words."""
    contest, selection = outcome.contest, outcome.selection
    names = [outcome.contestants[plan].name for plan in selection.survivors]
    more = "more" if METRICS[contest.key.metric].better == "high" else "less"
    by = f"by {metric(contest.key)}, where {more} is better"
    zone = _zone(outcome)
    if selection.best is None:
        return [
            f"It cannot be told with {contest.most} replications which of {listed(names)} is best {by}.",
            f"For more certainty allow more with --max-replications, or an --indifference larger than {zone}.",
        ]
    lines = [
        f"{names[0]} is chosen as the best of {len(outcome.contestants)} plans {by}.",
        f"If one plan is better than every other by {zone} or more, it is the one chosen with a probability of at least"
        f" {brief_share(contest.confidence)}; between plans closer than that, chance may decide.",
    ]
    if names[1:]:
        lines.append(f"Not told apart from it: {listed(names[1:])}; by these replications it is the better.")
    return lines


def _zone(outcome: Outcome) -> str:
    return change(METRICS[outcome.contest.key.metric].unit, outcome.contest.indifference, signed=False)


def columns(outcome: Outcome) -> tuple[str, ...]:
    """Return the names of what `cells` says."""
    return "plan", f"{metric(outcome.contest.key)}, mean", "replications", "what became of it"


def order(outcome: Outcome) -> tuple[int, ...]:
    """Return the plans, those that stayed longest first."""
    return (*outcome.selection.survivors, *(one.plan for one in reversed(outcome.selection.eliminations)))


def state(outcome: Outcome, plan: int) -> str:
    """Return ``best``, ``open`` or ``dropped``."""
    if plan == outcome.selection.best:
        return "best"
    return "open" if plan in outcome.selection.survivors else "dropped"


def cells(outcome: Outcome, plan: int) -> tuple[str, str, str, str]:
    """Return name, mean, number of replications and what became of a plan."""
    one = outcome.contestants[plan]
    value = quantity(METRICS[outcome.contest.key.metric].unit, float(one.values.mean()))
    became = {"best": f"best, decided after {outcome.selection.replications}", "open": "not told apart"}.get(
        state(outcome, plan)
    )
    if became is None:
        gone = next(each for each in outcome.selection.eliminations if each.plan == plan)
        became = f"dropped after {gone.after}, behind {outcome.contestants[gone.by].name}"
    return one.name, value, str(len(one.values)), became
