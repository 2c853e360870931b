"""``supportsim recovery`` as people type it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]
OUTAGE = "events=[{outage: {at: 2026-03-03 10:00, lasts: 3 h, volume: +900%}}]"


def test_how_long_an_event_hurts(supportsim: Command, desk: Path) -> None:
    options = ("--replications", 3, "--quiet", "--set", OUTAGE)
    done = supportsim("recovery", desk, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "outage of 2026-03-03 10:00: the backlog" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80
    found = json.loads(supportsim("recovery", desk, *options, "--json").stdout)
    assert [len(one["peak"]) for one in found] == [3]
    assert min(found[0]["peak"]) > 10


def test_without_events_there_is_nothing_to_recover_from(supportsim: Command, desk: Path) -> None:
    done = supportsim("recovery", desk)
    assert done.returncode == 2
    assert "has no events" in done.stderr
