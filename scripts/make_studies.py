"""Makes docs/studies.md: how many people growth's front line needs, and which surges it survives.

It also makes the table of docs/playbooks.md: what they buy. A study alone: ``python scripts/make_studies.py surges``;
the pages alone, of what results/studies/ holds: ``--page``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from functools import partial

from studies import DOCS, SCENARIOS, Found, store, stored, target_values

from supportsim.experiment.comparison import compare
from supportsim.experiment.execute import executor_for
from supportsim.experiment.robustness import Limits, SurgeShape, robustness, usual_start, with_surge
from supportsim.experiment.run import run
from supportsim.experiment.sweep import PointResult, sweep
from supportsim.experiment.sweep_request import design_of, metrics_of, read_request
from supportsim.report.markdown import table
from supportsim.report.page.ink import png
from supportsim.report.page.sweep_pictures import curve_pictures
from supportsim.report.robustness import document
from supportsim.report.words import change, listed, metric, minutes, number, quantity
from supportsim.scenario.loader import LoadedScenario, load_scenario, read_source
from supportsim.scenario.metrics import METRICS, parse_target_key
from supportsim.scenario.units import HOUR_MS

PAGE = DOCS / "studies.md"
PLAYBOOK_PAGE = DOCS / "playbooks.md"
PICTURE = DOCS / "pictures" / "staffing_curve.png"
STAFFING = SCENARIOS / "studies" / "staffing_curve.yaml"
AXIS = "front_line_heads"
FIGURES = ("cost_total", "abandonment[channel=phone]", "wait_minutes", "response_sla", "occupancy[team=frontline]")
SURGES_MS = (HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS)
REPLICATIONS = 10
PLAYBOOK_PLANS = ("outage", "outage_with_playbook")
PLAYBOOK_REPLICATIONS = 12
PLAYBOOK_FIGURES = (
    "resolution_sla[priority=P1]", "response_sla[priority=P1]", "resolution_sla", "response_sla", "cost_total",
)  # fmt: skip

COMMAND_LINE = "outage.yaml scenarios/outage_with_playbook.yaml --replications {}`:"
INTRODUCTION = """\
# Studies

Three questions to [growth](../scenarios/growth.yaml), each answered by one command. What they found is kept in
[results/studies](../results/README.md), and this page shows that.
"""
STAFFING_WORDS = """\
## How many people does the front line need?

    supportsim sweep scenarios/studies/staffing_curve.yaml

The [sweep](../scenarios/studies/staffing_curve.yaml) adds people to the core shift of every weekday, or takes them
away; `heads` is how many start on a Tuesday. All face the same customers. Half-widths are at 95 %, each by itself.
"""
SURGES_WORDS = """\
## Which surge does it survive?

    supportsim robustness scenarios/growth.yaml --set "period.length=3 weeks"

Contacts on top of the usual inflow, from ten o'clock on a Tuesday. Promises are judged over the whole period, so a
shorter one weighs a surge more; three weeks leave time to recover. `back` is how long the backlog takes to be what it
is without the surge.
"""
MISTAKES_WORDS = """\
## Which mistake costs most?

    make mistakes

[Well-known mistakes](mistakes.md) puts them in order, and says of each what it does.
"""


def main() -> None:
    """Make the studies that are named, all if none is, and write the page."""
    studies: dict[str, Callable[[], Found]] = {
        "staffing_curve": staffing_curve,
        "surges": surges,
        "playbooks": playbooks,
    }
    names = sys.argv[1:] or list(studies)
    for name in names if names != ["--page"] else []:
        print(f"{name} ...", flush=True)
        store(name, studies[name]())
    staffing, surge = stored("staffing_curve"), stored("surges")
    PAGE.write_text(page(staffing, surge), encoding="utf-8")
    PLAYBOOK_PAGE.write_text(playbook_page(PLAYBOOK_PAGE.read_text("utf-8"), stored("playbooks")), encoding="utf-8")
    (picture,) = curve_pictures(staffing, [AXIS])
    PICTURE.write_bytes(png(picture))
    print(f"wrote {PAGE.relative_to(DOCS.parent)} and {PLAYBOOK_PAGE.relative_to(DOCS.parent)}")


def staffing_curve() -> Found:
    """Return what each number of heads comes to."""
    request = read_request(STAFFING)
    if request is None or request.service is None:
        raise ValueError(f"{STAFFING.name} is no sweep with a service")
    base = load_scenario(request.scenario)
    with executor_for() as executor:
        result = sweep(
            read_source(request.scenario),
            (),
            design_of(request, base),
            request.replications,
            request.seed,
            executor,
            metrics=metrics_of(request, base),
        )
    levels = [_level(point, request.service) for point in result.points]
    return {"seed": request.seed, "replications": request.replications, "service": request.service, "plans": levels}


def _level(point: PointResult, service: str) -> Found:
    def figures(name: str) -> tuple[float, float]:
        place = point.keys.index(parse_target_key(name))
        return float(point.estimate[place]), float(point.half_width[place])

    found = {name: figures(name) for name in FIGURES}
    (level,) = point.point.levels
    first = {target.name: float(point.value[0, point.keys.index(target.key)]) for target in point.targets}
    return {
        AXIS: level.label,
        "overrides": list(point.point.overrides),
        "digest": point.digest,
        "verdict": point.verdict,
        "not_kept": [target.name for target in point.targets if target.verdict != "met"],
        "service": found[service][0],
        "service_half_width": found[service][1],
        "figures": {name: {"estimate": one, "half_width": half} for name, (one, half) in found.items()},
        "first_replication": first,
    }


def surge_base() -> LoadedScenario:
    """Return the plan that is put to the test."""
    return load_scenario(SCENARIOS / "growth.yaml", ["period.length=3 weeks"])


def surges() -> Found:
    """Return which surges the plan survives, and the first replication of the largest of each length."""
    base = surge_base()
    shape, limits = SurgeShape(usual_start(base)), Limits(SURGES_MS)
    with executor_for() as executor:
        found = robustness(base, shape, limits, REPLICATIONS, simulate=partial(run, executor=executor))
    first = []
    for survival in found.survivals:
        plan = with_surge(base, shape, survival.lasts_ms, survival.survives)
        values = target_values(run(plan, only=0, workers=1))
        first.append({"lasts_ms": survival.lasts_ms, "volume": survival.survives, "digest": plan.digest} | values)
    return document(found) | {"first_replication": first}


def playbooks() -> Found:
    """Return what the outage comes to without and with playbooks, and the first replication of each."""
    plans = [load_scenario(SCENARIOS / f"{name}.yaml") for name in PLAYBOOK_PLANS]
    with executor_for() as executor:
        results = [run(plan, PLAYBOOK_REPLICATIONS, executor=executor) for plan in plans]
    (differences,) = compare(results).differences
    by_name = {str(one.key): one for one in differences}
    rows = [
        {"metric": name}
        | {part: float(getattr(by_name[name], part)) for part in ("first", "other", "difference", "half_width")}
        for name in PLAYBOOK_FIGURES
    ]
    first = [{"name": plan.scenario.name, "digest": plan.digest} for plan in plans]
    first = [one | target_values(run(plan, only=0, workers=1)) for one, plan in zip(first, plans, strict=True)]
    return {"seed": 1, "replications": PLAYBOOK_REPLICATIONS, "rows": rows, "first_replication": first}


def playbook_page(text: str, found: Found) -> str:
    """Return the page with its table made anew; it lies between the line of the command and the next paragraph."""
    before, rest = text.split(COMMAND_LINE.format(found["replications"]), 1)
    after = rest[rest.index("|\n\n") + 2 :]
    rows = []
    for one in found["rows"]:
        key = parse_target_key(one["metric"])
        unit = METRICS[key.metric].unit
        figures = (quantity(unit, one["first"]), quantity(unit, one["other"]))
        by = change(unit, one["difference"]).removesuffix(" points")
        rows.append((metric(key), *figures, f"{by} ± {change(unit, one['half_width'], signed=False)}"))
    lines = table(("metric", "outage", "with the playbook", "difference"), rows)
    return f"{before}{COMMAND_LINE.format(found['replications'])}\n\n" + "\n".join(lines) + "\n" + after


def page(staffing: Found, surge: Found) -> str:
    """Return the page, of what the studies found."""
    keys = [parse_target_key(name) for name in FIGURES]
    columns = ("heads", *(metric(key) for key in keys), "promises not surely kept")
    parts = [
        *(INTRODUCTION, STAFFING_WORDS, *table(columns, list(_level_rows(staffing)), left=(0, len(columns) - 1)), ""),
        f"{staffing['replications']} replications of each, seed {staffing['seed']}.",
        *("", "![Phone abandonment by heads](pictures/staffing_curve.png)", "", SURGES_WORDS),
        *(f"- {sentence}" for sentence in surge["sentences"]),
        *("", *table(("lasts", "volume", "extra contacts", "back, mean", "come back", ""), list(_surge_rows(surge)))),
        *("", f"{surge['replications']} replications of each, seed {surge['seed']}.", "", MISTAKES_WORDS.rstrip("\n")),
    ]
    return "\n".join(parts) + "\n"


def _level_rows(staffing: Found) -> Iterator[tuple[str, ...]]:
    for level in staffing["plans"]:
        cells = []
        for name in FIGURES:
            unit, one = METRICS[parse_target_key(name).metric].unit, level["figures"][name]
            cells.append(f"{quantity(unit, one['estimate'])} ± {change(unit, one['half_width'], signed=False)}")
        open_ = [metric(parse_target_key(name)) for name in level["not_kept"]]
        yield level[AXIS], *cells, listed(open_) if open_ else ""


def _surge_rows(surge: Found) -> Iterator[tuple[str, ...]]:
    for survival in surge["surges"]:
        for place, trial in enumerate(survival["trials"]):
            back = [hours for hours in trial["recovery_hours"] if hours is not None]
            yield (
                minutes(survival["lasts_minutes"]) if place == 0 else "",
                f"+{100 * trial['volume']:g} %",
                number(round(trial["extra_contacts"])),
                minutes(60 * sum(back) / len(back) if back else math.nan),
                f"{len(back)} of {len(trial['recovery_hours'])}",
                {"met": "survived", "missed": "too much"}.get(trial["verdict"], trial["verdict"]),
            )


if __name__ == "__main__":
    main()
