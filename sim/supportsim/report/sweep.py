"""A sweep in the terminal: the answer first, then the plans, then what is not known and what of it matters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.design import Axis, Level
from supportsim.experiment.ignorance import Odds
from supportsim.experiment.judgement import Verdict
from supportsim.experiment.plans import COST, Figure, Plan, best
from supportsim.report.checks import Check
from supportsim.report.sweep_files import SweepStudy, break_even
from supportsim.report.words import change, metric, quantity, share
from supportsim.scenario.metrics import METRICS, MetricKey, parse_target_key

MOST_PLANS = 24
"""More are not listed in the terminal; then only those that no other plan beats."""
MOST_FAILURES = 5
SMALLEST_SHARE = 0.01
_STYLES = {Verdict.MET: "green", Verdict.MISSED: "bold red", Verdict.UNDECIDED: "yellow", None: "dim"}


def print_sweep(study: SweepStudy, console: Console) -> None:
    """Print everything."""
    for line in summary_lines(study):
        console.print(Text(line))
    if len(study.plans) > 1:
        console.print()
        console.print(_plan_table(study))
        for line in promise_lines(study):
            console.print(Text(line))
    for plan in _plans_with_odds(study):
        console.print()
        console.print(_odds_table(study, plan))
        for line in influence_lines(study, plan):
            console.print(Text(line))
    failed = study.result.failed
    if failed:
        console.print()
        console.print(Text(f"{len(failed)} of {len(study.result.points)} points have no result:"))
        for point in failed[:MOST_FAILURES]:
            console.print(
                Text(f"  {setting(study.result.design.axes, point.point.levels)}: {_first_line(point.error)}")
            )
        if len(failed) > MOST_FAILURES:
            console.print(Text(f"  and {len(failed) - MOST_FAILURES} more, see points.csv"))


def summary_lines(study: SweepStudy) -> list[str]:
    """Say what was looked at, and the answer."""
    design, samples = study.result.design, len(study.result.design.samples)
    looked = f"{study.request.name}: {_count(len(design.plans), 'plan')}"
    looked += f" under {_count(samples, 'sample')} of what is not known" if design.unknown else ""
    lines = [f"{looked}, {_count(study.result.replications, 'replication')} of each."]
    if len(study.plans) == 1:
        if design.unknown:
            lines += [_probability_sentence(study, 0)]
        return lines
    met = [plan for plan in study.plans if plan.verdict is Verdict.MET]
    promises = max(len(plan.open) + plan.kept for plan in study.plans)
    wanted = f"all {promises} promises" if promises > 1 else "the promise"
    sure = f" with probability {share(study.wanted, 0)} or more" if design.unknown else ""
    if not promises:
        lines.append("The scenario states no targets, so no plan can keep any.")
    elif met:
        verb = "keeps" if len(met) == 1 else "keep"
        lines.append(f"{len(met)} of {len(study.plans)} plans {verb} {wanted}{sure}.")
    else:
        lines.append(f"None of the {len(study.plans)} plans is sure to keep {wanted}{sure}.")
    cheapest = best(study.plans)
    if cheapest is not None:
        cost = quantity(METRICS[COST.metric].unit, cheapest.cost.estimate)
        lines.append(f"The cheapest that does: {setting(design.chosen, cheapest.levels)}, at a cost of {cost}.")
    return lines


def setting(axes: Sequence[Axis], levels: Sequence[Level]) -> str:
    """Name a point: ``mon-fri.core=5, early=2``; of each path as much as tells it from the others."""
    names = short_names([axis.name for axis in axes])
    return ", ".join(f"{name}={level.label}" for name, level in zip(names, levels, strict=True)) or "as it is"


def short_names(paths: Sequence[str]) -> list[str]:
    """Return the last parts of each path, as many as tell them apart, at least two."""
    for kept in range(2, 12):
        names = [".".join(path.split(".")[-kept:]) for path in paths]
        if len(dict.fromkeys(names)) == len(names):
            return names
    return list(paths)


def sweep_checks(study: SweepStudy) -> Iterator[Check]:
    """Yield what is on trial: that some plan keeps all promises; of a single plan, each of its promises."""
    suite = study.request.name
    if len(study.plans) > 1:
        verdicts = [plan.verdict for plan in study.plans]
        verdict = Verdict.MET if Verdict.MET in verdicts else Verdict.UNDECIDED
        if all(one is Verdict.MISSED for one in verdicts):
            verdict = Verdict.MISSED
        yield Check(suite, "some plan keeps all promises", verdict, " ".join(summary_lines(study)[1:]))
        return
    for one in study.odds:
        name = one.name or "all promises together"
        wanted = f"wanted {share(study.wanted, 0)} or more"
        yield Check(suite, name, one.verdict(study.wanted), f"{name}: {wanted}, found {_odds_text(one)}")
    if not study.odds:
        plan = study.plans[0]
        yield Check(suite, "all promises", plan.verdict or Verdict.UNDECIDED, plan.error or f"{plan.kept} kept")


def markdown(study: SweepStudy) -> str:
    """Return the plans that no other beats as Markdown, for a pull request."""
    lines = [*summary_lines(study), "", f"| plan | cost | {metric(study.service)} | promises kept |"]
    lines += ["| --- | ---: | ---: | --- |"]
    for plan in _listed(study):
        cells = (setting(study.result.design.chosen, plan.levels), *_figures(study, plan), _promises(plan))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def influence_lines(study: SweepStudy, plan: int) -> Iterator[str]:
    """Say of each promise that is not sure which assumption decides it."""
    names = {axis.name: name for axis, name in _named(study.result.design.unknown)}
    for one in study.odds:
        if one.plan != plan or not one.name or one.kept in (0, one.samples):
            continue
        told = metric(parse_target_key(one.name))
        if not one.influences:
            yield f"{told}: no single assumption decides it."
            continue
        parts = []
        for influence in one.influences:
            if influence.share >= SMALLEST_SHARE:
                flips = break_even(influence)
                parts.append(
                    f"{names[influence.axis]} {share(influence.share, 0)}"
                    + (f", breaks even at {flips}" if flips else "")
                )
        yield f"{told} depends on {'; '.join(parts)}."


def promise_lines(study: SweepStudy) -> Iterator[str]:
    """Say how many plans keep each promise that not all of them keep."""
    judged = [plan for plan in study.plans if not plan.error]
    for name in dict.fromkeys(name for plan in judged for name in plan.open):
        kept = sum(name not in plan.open for plan in judged)
        yield f"{metric(parse_target_key(name))} is kept by {kept} of {len(judged)} plans."


def _plan_table(study: SweepStudy) -> Table:
    listed = _listed(study)
    single = len(study.result.design.chosen) == 1
    title = "What each setting costs and does" if single else "Cost against service"
    if len(listed) < len(study.plans):
        title += f": the {len(listed)} of {len(study.plans)} plans that no other beats"
    table = _table(title, "* no other plan is cheaper and serves as well; figures with half-widths at 95 %")
    table.add_column("")
    for name in short_names([axis.name for axis in study.result.design.chosen]):
        table.add_column(name, justify="right", overflow="fold")
    for name, justify in (("cost", "right"), (metric(study.service), "right"), ("promises", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    for plan in listed:
        labels = [level.label for level in plan.levels]
        promises = Text(_promises(plan), style=_STYLES[plan.verdict])
        table.add_row("*" if plan.on_front else "", *labels, *_figures(study, plan), promises)
    return table


def _odds_table(study: SweepStudy, plan: int) -> Table:
    title = "Probability that each promise is kept"
    if len(study.plans) > 1:
        title += f": {setting(study.result.design.chosen, study.plans[plan].levels)}"
    caption = "limits at 95 %; close: samples that the replications do not decide; ignorance: its share in the"
    table = _table(title, f"{caption} variance of a period, the rest is luck")
    for name in ("promise", "probability", "limits", "close", "periods kept", "ignorance"):
        table.add_column(name, justify="left" if name == "promise" else "right", overflow="fold")
    for one in study.odds:
        if one.plan == plan:
            name = metric(parse_target_key(one.name)) if one.name else "all together"
            limits = f"{share(one.lower, 0).removesuffix(' %')}-{share(one.upper, 0)}"
            table.add_row(
                name,
                Text(share(one.probability, 0), style=_STYLES[one.verdict(study.wanted)]),
                limits,
                str(one.close),
                share(one.period_share, 0),
                share(one.ignorance, 0),
            )
    return table


def _listed(study: SweepStudy) -> Sequence[Plan]:
    if len(study.plans) <= MOST_PLANS:
        return study.plans
    cheapest = best(study.plans)
    shown = [plan for plan in study.plans if plan.on_front or plan is cheapest]
    return sorted(shown, key=lambda plan: plan.cost.estimate)


def _plans_with_odds(study: SweepStudy) -> Iterable[int]:
    """Return the plans whose odds are worth showing: the only one, or the cheapest that keeps its promises."""
    if not study.odds:
        return []
    if len(study.plans) == 1:
        return [0]
    cheapest = best(study.plans)
    return [cheapest.number] if cheapest is not None else []


def _probability_sentence(study: SweepStudy, plan: int) -> str:
    together = next((one for one in study.odds if one.plan == plan and not one.name), None)
    if together is None:
        return "There is no promise to judge."
    return f"Whatever the truth is, the design keeps all its promises with probability {_odds_text(together)}."


def _odds_text(one: Odds) -> str:
    return f"{share(one.probability, 0)} ({share(one.lower, 0)} to {share(one.upper, 0)})"


def _figures(study: SweepStudy, plan: Plan) -> tuple[str, str]:
    return _figure(COST, plan.cost), _figure(study.service, plan.service)


def _figure(key: MetricKey, figure: Figure) -> str:
    unit = METRICS[key.metric].unit
    said = quantity(unit, figure.estimate)
    if not math.isfinite(figure.half_width):
        return said
    return f"{said} ± {change(unit, figure.half_width, signed=False).removesuffix(' points')}"


def _promises(plan: Plan) -> str:
    if plan.error:
        return _first_line(plan.error)
    everything = plan.kept + len(plan.open)
    if not plan.open:
        return f"all {everything}" if everything else "none stated"
    return f"{plan.kept} of {everything}, {'missed' if plan.verdict is Verdict.MISSED else 'undecided'}"


def _named(axes: Sequence[Axis]) -> Iterator[tuple[Axis, str]]:
    yield from zip(axes, short_names([axis.name for axis in axes]), strict=True)


def _table(title: str, caption: str) -> Table:
    return Table(
        title=title, title_justify="left", title_style="bold", caption=caption, caption_justify="left",
        box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""
