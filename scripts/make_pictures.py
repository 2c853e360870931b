"""Makes the pictures of reports in docs/pictures: growth, outage, growth against two other rosters, and a sweep.

Needs a Chromium on the path.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from chromium import Tab, browser, find_browser
from PIL import Image

from supportsim.experiment.comparison import compare
from supportsim.experiment.explanation import explain
from supportsim.experiment.recovery import recoveries
from supportsim.experiment.result import RunResult
from supportsim.experiment.run import run
from supportsim.report.files import provenance
from supportsim.report.page.comparison_page import comparison_page
from supportsim.report.page.replay import make_replay
from supportsim.report.page.run_page import More, run_page
from supportsim.report.page.sweep_page import read_sweep, sweep_page
from supportsim.report.page.write import write_page
from supportsim.scenario.loader import load_scenario
from supportsim.scenario.starter import DEMO, starter_text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
REPLICATIONS, EXPLAINED = 30, 4
VARIED = (
    "teams.frontline.roster.mon-fri.day=5..9",
    "demand.contacts.count~normal(2400, 200)",
    "work.L1.handle.lognormal.mean~uniform(10 min, 14 min)",
)
WIDTH, SCALE = 1180, 0.85

MORE_L1 = "{mon: {early: 5, core: 12, late: 6}, tue-thu: {early: 4, core: 10, late: 5}, fri: {early: 4, core: 8, late: 4}, sat-sun: {early: 2, core: 2, late: 1}}"  # noqa: E501
LESS_L2 = "{mon-fri: {early: 3, core: 8, late: 6}, sat-sun: {early: 1, core: 2, late: 1}}"
ROSTERS = {
    "growth": [],
    "one_more_early": [f"teams.frontline.roster={MORE_L1}"],
    "one_moved_from_l2": [f"teams.frontline.roster={MORE_L1}", f"teams.specialists.roster={LESS_L2}"],
}


def main() -> None:
    """Run the scenarios, write their pages into a scratch folder, and take the pictures."""
    command = find_browser()
    if command is None:
        sys.exit("no Chromium on the path: apt-get install chromium")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        results = [_run("growth", [f"name={name}", *changes]) for name, changes in ROSTERS.items()]
        _write(results[0], folder / "growth.html")
        _write(_run("outage", []), folder / "outage.html")
        stated = [provenance(result.scenario) for result in results]
        write_page(comparison_page(compare(results), stated), folder / "comparison.html")
        write_page(sweep_page(_sweep(folder)), folder / "sweep.html")
        with browser(command, folder / "profile") as tab:
            _take(tab, folder / "growth.html", "report_growth", "#promises, #week")
            _take(tab, folder / "outage.html", "report_outage", "#promises, #why")
            _take(tab, folder / "outage.html", "report_replay", "#replay", top=False, moment=37 * 3600 + 900)
            _take(tab, folder / "outage.html", "report_backlog_dark", "#backlog", top=False, dark=True)
            _take(tab, folder / "comparison.html", "report_comparison", "#differences")
            _take(tab, folder / "sweep.html", "report_sweep", "#plans, #influences", without="#influences .table")


def _run(name: str, overrides: list[str]) -> RunResult:
    print(name, *overrides[:1], flush=True)
    return run(load_scenario(ROOT / "scenarios" / f"{name}.yaml", overrides), REPLICATIONS)


def _sweep(folder: Path) -> dict[str, Any]:
    """Return what a sweep of the demo's desk left: heads against volume and handle time that are not known."""
    print("sweep", flush=True)
    (folder / "demo.yaml").write_text(starter_text(DEMO), "utf-8")
    command = [sys.executable, "-m", "supportsim", "sweep", "demo.yaml", "--out", "sweep", "--quiet"]
    varied = [word for path in VARIED for word in ("--vary", path)]
    subprocess.run([*command, *varied, "--samples", "16", "--replications", "5"], cwd=folder, check=True)
    found = read_sweep(folder / "sweep")
    assert found is not None
    return found


def _write(result: RunResult, file: Path) -> None:
    explanation = explain(result.scenario, EXPLAINED, result.seed)
    more = More(explanation, make_replay(result), recoveries(result.scenario, EXPLAINED, result.seed, usual=result))
    write_page(run_page(result, provenance(result.scenario), more), file)


def _take(
    tab: Tab,
    file: Path,
    name: str,
    sections: str,
    *,
    top: bool = True,
    dark: bool = False,
    moment: int | None = None,
    without: str = "",
) -> None:
    """Take a picture of some sections of a page, and of its top.

    Args:
        tab: of the browser.
        file: the page.
        name: of the picture.
        sections: a selector of those that stay.
        top: whether the head of the page stays too.
        dark: whether it is dark outside.
        moment: second of the replay to show.
        without: a selector of parts that would take too much room.
    """
    tab.open(file, WIDTH, dark=dark)
    if moment is not None:
        bar = "document.querySelector('[data-do=scrub]')"
        tab.run(f"(() => {{ {bar}.value = {moment}; {bar}.dispatchEvent(new Event('input')); }})()")
    gone = "main > section, footer" if top else "main > section, footer, body > header, .tiles, nav"
    tab.run(f"document.querySelectorAll('{gone}').forEach((e) => {{ if (!e.matches('{sections}')) e.remove(); }})")
    if without:
        tab.run(f"document.querySelectorAll('{without}').forEach((e) => e.remove())")
    picture = Image.open(io.BytesIO(tab.picture(scale=SCALE))).convert("RGB")
    few = picture.quantize(255, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
