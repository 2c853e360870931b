"""What is shown of a frame: it fits the screen, and says what the frame says."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from supportsim.experiment.replicate import Job, simulated
from supportsim.measures.replay import Replay
from supportsim.measures.story import tell
from supportsim.report.watch import KEYS, Pace, view
from supportsim.scenario.loader import load_scenario

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def replay() -> Replay:
    scenario = load_scenario(Path(__file__).parents[2] / "cli" / "desk.yaml")
    plan, workload, ledger = simulated(Job(scenario.scenario, scenario.digest, 1, ""), 0)
    return Replay(tell(plan, workload, ledger), ledger)


def shown(replay: Replay, at_ms: int, width: int = 80, height: int = 24, pace: Pace | None = None) -> list[str]:
    console = Console(width=width, height=height, markup=False, emoji=False, color_system=None)
    with console.capture() as captured:
        console.print(view(replay, replay.frame(at_ms), pace, height, width))
    return captured.get().splitlines()


def test_a_morning(replay: Replay) -> None:
    # The period begins on Monday at midnight, a day after time 0.
    lines = shown(replay, 34 * HOUR_MS, pace=Pace(60))
    assert " ".join(lines[0].split()) == "Monday 2026-03-02 10:00:00 [60 min a second] Europe/Berlin, judged"
    frame = replay.frame(34 * HOUR_MS)
    assert f"waiting {frame.waiting.sum()} " in lines[1]
    busy = int((frame.holds[replay.story.plan.people.team == 0] > 0).sum())
    assert any(line.startswith(f"front  {busy} at work") for line in lines)
    assert any("front-1 " in line for line in lines)
    assert lines[-1].rstrip() == KEYS


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 20), (200, 60)])
@pytest.mark.parametrize("hour", [0, 34, 40, 100])
def test_it_fits_the_screen(replay: Replay, width: int, height: int, hour: int) -> None:
    lines = shown(replay, hour * HOUR_MS, width, height, Pace(1, paused=True))
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_at_night(replay: Replay) -> None:
    lines = shown(replay, 26 * HOUR_MS)
    assert "nobody is on the floor" in lines
    assert not any("space pause" in line for line in lines)
