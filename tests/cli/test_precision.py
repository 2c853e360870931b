"""``supportsim run`` with as many replications as it takes."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_it_says_how_many_were_needed_and_why(supportsim: Command, alone: Command, desk: Path) -> None:
    more = ("--precision", "wait_minutes.p90[channel=email]=20%", "--replications", 5, "--max-replications", 40)
    one, two = (alone("run", desk, *more, "--workers", workers) for workers in (1, 2))
    assert one.returncode == 0, one.stderr
    assert one.stdout == two.stdout
    assert "at most 40: everything is decided, or known as closely as asked." in " ".join(one.stdout.split())
    assert "wait p90 of email: " in one.stdout
    told = json.loads(supportsim("run", desk, *more, "--json", "--quiet").stdout)
    assert told["replications"]["asked"] == told["replications"]["finished"] == told["precision"]["looks"][-1]
    assert told["precision"]["reached"]


def test_a_warm_up_that_is_too_short_is_warned_of(supportsim: Command, desk: Path) -> None:
    filling = ("period.length=6 weeks", "period.warm_up=0", "demand.contacts.count=540", "targets=null")
    done = supportsim("run", desk, "--replications", 10, *(word for one in filling for word in ("--set", one)))
    assert "warning: warm-up of 0 min is too short, expected " in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--precision", "close"], "is no precision"),
        (["--precision", "wait_minutes.p90[channel=fax]=5%"], "is not measured, expected one of"),
        (["--precision", "5%", "--only-replication", "1"], "--only-replication runs one"),
        (["--max-replications", "10"], "expected at least --replications, 30"),
        (["--precision", "5%", "--set", "targets=null"], "the scenario has no targets"),
        (["--confidence", "5%"], "expected at least 50% and less than 100%"),
    ],
)
def test_what_does_not_fit(supportsim: Command, desk: Path, options: list[str], words: str) -> None:
    done = supportsim("run", desk, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in " ".join(done.stderr.split())
