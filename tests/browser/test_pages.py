"""Pages in a real browser: nothing overflows, nothing is asked for, no error, and what can be pressed works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Tab, browser, find_browser

from supportsim.experiment.comparison import compare
from supportsim.experiment.explanation import explain
from supportsim.experiment.marginal import MarginalValues, marginal_values
from supportsim.experiment.recovery import recoveries
from supportsim.experiment.run import run
from supportsim.report.files import provenance
from supportsim.report.marginal import read_marginal, store_marginal
from supportsim.report.page.comparison_page import comparison_page
from supportsim.report.page.replay import make_replay
from supportsim.report.page.run_page import More, run_page
from supportsim.report.page.write import write_page
from supportsim.scenario.loader import load_scenario

DESK = Path(__file__).parents[1] / "unit" / "report" / "page" / "desk.yaml"
COMMAND = find_browser()
WATCHES = "when: {team: front, queue: '> 3'}, until: {queue: '< 2'}"
PLAYBOOK = f"playbooks=[{{name: flooded, level: red, {WATCHES}, do: [overtime: 1 h]}}]"
WIDTHS = (360, 800, 1440)

pytestmark = [
    pytest.mark.skipif(COMMAND is None, reason="no Chromium on the path: apt-get install chromium"),
    pytest.mark.xdist_group("browser"),
]

OVERFLOWING = """
[...document.querySelectorAll("body *")]
  .filter((e) => !e.closest(".table, pre, .said") && e.getClientRects().length && !e.closest("svg svg, svg *"))
  .filter((e) => { const r = e.getBoundingClientRect(); return r.right > innerWidth + 1 || r.left < -1; })
  .map((e) => e.outerHTML.slice(0, 100))
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of a run and one of a comparison."""
    folder = tmp_path_factory.mktemp("pages")
    changed = ["name=more", "teams.front.roster.mon-fri.day=3"]
    plans = [load_scenario(DESK, [PLAYBOOK, *more]) for more in ([], changed)]
    results = [run(plan, 3, workers=1) for plan in plans]
    first, stated = results[0], [provenance(plan) for plan in plans]
    more = More(
        explain(plans[0], 1, workers=1),
        make_replay(first),
        recoveries(plans[0], 1, usual=first),
        kept_marginal(folder, marginal_values(plans[0], 2, workers=1, kinds=["heads"])),
    )
    page = run_page(first, stated[0], more)
    write_page(page, folder / "run.html")
    write_page(comparison_page(compare(results), stated), folder / "comparison.html")
    return {name: folder / f"{name}.html" for name in ("run", "comparison")}


def kept_marginal(folder: Path, values: MarginalValues) -> dict[str, object] | None:
    store_marginal(values, folder)
    return read_marginal(folder)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """One browser for all."""
    assert COMMAND is not None
    with browser(COMMAND, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("name", ["run", "comparison"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_asks_for_nothing(tab: Tab, pages: dict[str, Path], name: str, width: int) -> None:
    tab.errors.clear()
    tab.requests.clear()
    tab.open(pages[name], width)
    assert tab.run("document.querySelectorAll('details').forEach((e) => { e.open = true; })") is None
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run(OVERFLOWING) == []
    assert tab.errors == []
    assert tab.requests == [pages[name].resolve().as_uri()]


def test_figures_can_be_read_on_a_phone(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["run"], 360)
    sizes = tab.run(
        """[...document.querySelectorAll(".drawing svg text")].filter((e) => e.getClientRects().length)
        .map((e) => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a)"""
    )
    assert len(sizes) > 50
    assert min(sizes) >= 7


def test_the_negative_control_would_be_seen(tab: Tab, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text('<body><p style="width: 900px">wide</p><img src="picture.png"><script>console.error(1)</script>')
    tab.errors.clear()
    tab.requests.clear()
    tab.open(bad, 360)
    assert tab.run("document.documentElement.scrollWidth") > 360
    assert tab.run(OVERFLOWING) != []
    assert tab.errors != []
    assert len(tab.requests) == 2
    tab.errors.clear()


def test_light_and_dark(tab: Tab, pages: dict[str, Path]) -> None:
    def brightness(script: str) -> float:
        red, green, blue = (int(part) for part in tab.run(script)[4:-1].split(",")[:3])
        return (0.3 * red + 0.59 * green + 0.11 * blue) / 255

    paper = "getComputedStyle(document.body).backgroundColor"
    ink = "getComputedStyle(document.querySelector('.drawing svg text')).fill"
    tab.open(pages["run"], 800)
    assert brightness(paper) > 0.95
    assert brightness(ink) < 0.5
    tab.open(pages["run"], 800, dark=True)
    assert brightness(paper) < 0.15
    assert brightness(ink) > 0.5


def column(tab: Tab, table: str, place: int) -> list[str]:
    rows: list[str] = tab.run(
        f"[...document.querySelectorAll('#{table} tbody tr')].map((r) => r.children[{place}].innerText)"
    )
    return rows


def test_tables_are_sorted_by_what_is_pressed(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["run"], 1440)
    press = "document.querySelectorAll('#t-hours th button')[{}].click()"
    tab.run("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    before = column(tab, "t-hours", 0)
    tab.run(press.format(1))
    tickets = [float(text) for text in column(tab, "t-hours", 1)]
    assert tickets == sorted(tickets, reverse=True)
    assert tab.run("document.querySelectorAll('#t-hours th')[1].ariaSort") == "descending"
    tab.run(press.format(1))
    assert [float(text) for text in column(tab, "t-hours", 1)] == sorted(tickets)
    tab.run(press.format(0))
    tab.run(press.format(0))
    assert column(tab, "t-hours", 0) == before
    tab.run("document.querySelectorAll('#t-promises th button')[0].click()")
    assert column(tab, "t-promises", 0) == sorted(column(tab, "t-promises", 0))


def scrub(tab: Tab, second: float) -> None:
    bar = "document.querySelector('[data-do=scrub]')"
    tab.run(f"(() => {{ {bar}.value = {second}; {bar}.dispatchEvent(new Event('input')); }})()")


def test_the_replay_can_be_scrubbed(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["run"], 1440)
    said = "['clock', 'queues', 'promises', 'teams'].map((n) => document.querySelector(`[data-is=${n}]`).innerText)"
    busy = "document.querySelectorAll('.crew i:not(.off)').length"
    scrub(tab, 2 * 86_400 + 12 * 3600)
    noon = tab.run(said)
    assert noon[0] == "Wed 2026-03-11, 12:00"
    assert "in time" in noon[2]
    assert tab.run(busy) == 3
    scrub(tab, 3600)
    assert tab.run(said)[0] == "Mon 2026-03-09, 01:00"
    assert tab.run(busy) == 0
    # Back and forth leads to the very same.
    scrub(tab, 2 * 86_400 + 12 * 3600)
    assert tab.run(said) == noon
    tab.run("document.querySelector('[data-do=on]').click()")
    assert tab.run(said)[0] == "Wed 2026-03-11, 12:15"


def test_the_replay_says_what_burns(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["run"], 1440)
    said = "document.querySelector('[data-is=playbooks]').innerText"
    marked = "document.querySelectorAll('.team.burns.red').length"
    scrub(tab, 3600)
    assert tab.run(said) == "No playbook burns."
    assert tab.run(marked) == 0
    spans = tab.run("JSON.parse(document.getElementById('replay-data').textContent).playbooks[0].spans")
    longest = max(spans, key=lambda span: span[1] - span[0])
    # The bar has whole minutes.
    scrub(tab, longest[0] + 60)
    assert tab.run(said).strip() == "flooded (red) front: overtime up to 60 min"
    assert tab.run(marked) == 1
    scrub(tab, longest[1] + 60)
    assert tab.run(marked) == 0


def test_the_replay_plays_and_pauses(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["run"], 1440)
    clock = "document.querySelector('[data-do=scrub]').valueAsNumber"
    start = tab.run(clock)
    tab.run("document.querySelector('[data-do=play]').click()")
    moved = tab.run(
        f"""new Promise((done) => {{
          const look = () => ({clock} > {start} ? done(true) : setTimeout(look, 20));
          look();
        }})"""
    )
    assert moved
    tab.run("document.querySelector('[data-do=play]').click()")
    assert tab.run("document.querySelector('[data-do=play]').innerText") == "Play"
    assert tab.errors == []


def test_it_can_be_printed(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["run"], 1440, dark=True)
    assert tab.pdf().startswith(b"%PDF")
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(253, 254, 254)"
    assert tab.run("getComputedStyle(document.getElementById('replay')).display") == "none"
    # A4 less its margins: 186 mm at 96 pixels an inch.
    tab.call("Emulation.setDeviceMetricsOverride", width=703, height=900, deviceScaleFactor=1, mobile=False)
    tab.run("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert tab.run("document.documentElement.scrollWidth") == 703
    tab.call("Emulation.setEmulatedMedia", media="")
