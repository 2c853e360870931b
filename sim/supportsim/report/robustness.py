"""The largest surge that a plan survives, in a sentence for each length, and how long recovery takes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supportsim.experiment.robustness import RECOVERY, Robustness, Survival, Trial
from supportsim.report.files import finite
from supportsim.report.markdown import escaped
from supportsim.report.markdown import table as markdown_table
from supportsim.report.words import NOTHING, listed, metric, minutes, number
from supportsim.scenario.metrics import parse_target_key
from supportsim.scenario.units import MINUTE_MS

_STYLES = {"met": "green", "missed": "bold red", "undecided": "yellow"}
_COLUMNS = ("volume", "extra", "back, mean", "back, p90", "come back", "verdict", "surely broken")
_CAPTION = "extra: contacts it brings; back: until the backlog is back to normal"
_WORDS = {"met": "survived", "missed": "not survived", "undecided": "undecided"}


def print_robustness(found: Robustness, console: Console) -> None:
    """Print what each length comes to, and then every surge that was tried."""
    for line in summary_lines(found):
        console.print(Text(line))
    for survival in found.survivals:
        console.print()
        table = Table(
            title=f"Surges of {_length(survival)}", title_justify="left", title_style="bold",
            caption=_CAPTION, caption_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
        )  # fmt: skip
        for name in _COLUMNS:
            words = name in ("verdict", "surely broken")
            table.add_column(name, justify="left" if words else "right", overflow="fold")
        for trial in survival.trials:
            *cells, verdict, broken = _cells(trial)
            table.add_row(*cells, Text(verdict, style=_STYLES[trial.verdict]), broken)
        console.print(table)


def markdown(found: Robustness) -> str:
    """Return the same as Markdown."""
    lines = [f"- {escaped(line)}" for line in summary_lines(found)]
    for survival in found.survivals:
        rows = [_cells(trial) for trial in survival.trials]
        lines += ["", f"**Surges of {_length(survival)}**", "", *markdown_table(_COLUMNS, rows, left=(0, 5, 6))]
    return "\n".join([*lines, "", f"{_CAPTION}."]) + "\n"


def summary_lines(found: Robustness) -> list[str]:
    """Return what the plan is judged on and what it survives, in plain words."""
    wanted = [_name(name) for name in found.judged]
    if found.limits.recovers_within_hours is not None:
        wanted.append(f"being back to normal within {minutes(60 * found.limits.recovers_within_hours)}")
    others = [target.name for target in found.undisturbed.targets if target.name not in found.judged]
    lines = [f"{found.scenario.scenario.name} is judged on {listed(wanted)}."]
    if others:
        lines.append(
            f"Not on what it does not surely keep without a surge: {listed([_name(name) for name in others])}."
        )
    lines += [_sentence(survival, found) for survival in found.survivals]
    return lines


def document(found: Robustness) -> dict[str, Any]:
    """Return the same for machines; missing numbers are null."""
    return {
        "scenario": found.scenario.scenario.name,
        "digest": found.scenario.digest,
        "overrides": list(found.scenario.overrides),
        "seed": found.undisturbed.seed,
        "replications": len(found.undisturbed.replications),
        "at": found.shape.at.isoformat(" ", "minutes"),
        "fades_minutes": found.shape.fades_ms / MINUTE_MS,
        "categories": list(found.shape.categories),
        "priority": found.shape.priority,
        "step": found.limits.step,
        "most": found.limits.most,
        "recovers_within_hours": found.limits.recovers_within_hours,
        "judged": list(found.judged),
        "sentences": summary_lines(found),
        "surges": [
            {
                "lasts_minutes": survival.lasts_ms / MINUTE_MS,
                "survives": survival.survives,
                "fails": finite(survival.fails),
                "trials": [_trial(trial) for trial in survival.trials],
            }
            for survival in found.survivals
        ],
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "volume": trial.volume,
        "verdict": trial.verdict.value,
        "missed": list(trial.missed),
        "extra_contacts": trial.extra_contacts,
        "estimates": [finite(value) for value in trial.estimates],
        "recovery_hours": [finite(value) for value in trial.recovery.tolist()],
    }


def _sentence(survival: Survival, found: Robustness) -> str:
    begin = f"A surge of {_length(survival)} from {found.shape.at:%Y-%m-%d %H:%M}"
    if not survival.survives:
        text = f"{begin} is not surely survived even at {_volume(found.limits.step)}"
    else:
        trial = next(one for one in survival.trials if one.volume == survival.survives)
        extra, back = number(round(trial.extra_contacts)), _back(trial.recovery)
        text = (
            f"{begin} is survived up to {_volume(survival.survives)}, about {extra} extra contacts, "
            f"and the backlog is back to normal after {back}"
        )
    if math.isinf(survival.fails):
        return f"{text}; up to {_volume(found.limits.most)} none is surely too much."
    broken = next(one for one in survival.trials if one.volume == survival.fails).missed
    return f"{text}; {_volume(survival.fails)} is surely too much for {listed([_name(name) for name in broken])}."


def _cells(trial: Trial) -> tuple[str, ...]:
    back = np.isfinite(trial.recovery)
    return (
        _volume(trial.volume),
        number(round(trial.extra_contacts)),
        _back(trial.recovery),
        _quantile(trial.recovery, 0.9),
        f"{int(back.sum())} of {len(back)}",
        _WORDS[trial.verdict],
        ", ".join(_name(name) for name in trial.missed),
    )


def _back(recovery: NDArray[np.float64]) -> str:
    """Say the mean, with "more than" where some had not come back by the end."""
    if np.isnan(recovery).all():
        return NOTHING
    mean = minutes(60 * float(np.nanmean(recovery)))
    return mean if np.isfinite(recovery).all() else f"> {mean}"


def _quantile(recovery: NDArray[np.float64], share: float) -> str:
    """Say a quantile; those that had not come back are beyond all others."""
    value = np.sort(np.where(np.isnan(recovery), np.inf, recovery))[math.ceil(share * len(recovery)) - 1]
    return minutes(60 * float(value))


def _length(survival: Survival) -> str:
    return minutes(survival.lasts_ms / MINUTE_MS)


def _volume(volume: float) -> str:
    return f"+{100 * volume:g} %"


def _name(target: str) -> str:
    return "recovery in time" if target == RECOVERY else metric(parse_target_key(target))
