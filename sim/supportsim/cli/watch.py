"""``supportsim watch``: one replication going by."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportsim.cli.exit_codes import INTERRUPTED
from supportsim.cli.keyboard import keyboard
from supportsim.cli.progress import say

if TYPE_CHECKING:
    from supportsim.measures.replay import Replay

SPEEDS = (0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 360, 1440)
"""Simulated minutes a second."""
FRAMES_A_SECOND = 12
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@dataclass(frozen=True)
class Player:
    """Where the replay is and how it goes.

    Args:
        at_ms: the instant shown.
        end_ms: where it stops.
        speed: simulated minutes a second, one of `SPEEDS`.
        paused: whether it stands.
        over: whether the user has seen enough.
    """

    at_ms: float
    end_ms: int
    speed: float
    paused: bool = False
    over: bool = False

    def after(self, seconds: float) -> Player:
        """Return it after so much time has passed."""
        if self.paused:
            return self
        at_ms = min(self.at_ms + seconds * self.speed * MINUTE_MS, self.end_ms)
        return replace(self, at_ms=at_ms, paused=at_ms >= self.end_ms)

    def pressed(self, key: str, next_ms: int) -> Player:
        """Return it after a key; ``next_ms`` is when something happens next."""
        place = SPEEDS.index(self.speed)
        match key:
            case " " | "p":
                return replace(self, paused=not self.paused)
            case "+" | "=" | "f":
                return replace(self, speed=SPEEDS[min(place + 1, len(SPEEDS) - 1)])
            case "-" | "_":
                return replace(self, speed=SPEEDS[max(place - 1, 0)])
            case "s" | "n" | ".":
                return replace(self, at_ms=min(next_ms, self.end_ms), paused=True)
            case "h" | "d" | "b":
                hours = {"h": 1, "d": 24, "b": -1}[key]
                return replace(self, at_ms=min(max(int(self.at_ms) + hours * HOUR_MS, 0), self.end_ms))
            case "q" | "\x03" | "\x04":
                return replace(self, over=True)
        return self


@click.command(epilog="The replication is simulated first; then any instant of it can be looked at, forwards and back.")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--replication", type=click.IntRange(min=0), default=0, show_default=True, help="Which one.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="As of the run.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario.")
@click.option(
    "--from",
    "begin",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    metavar="TIME",
    help="Local time to begin at, as 2026-02-10 09:30.  [default: the period's start]",
)
@click.option(
    "--speed",
    type=click.Choice([f"{speed:g}" for speed in SPEEDS]),
    default="10",
    show_default=True,
    help="Simulated minutes a second.",
)
@click.option("--frames", type=click.IntRange(min=1), metavar="N", help="Print N frames as plain text instead.")
@click.option("--every", default="1 h", show_default=True, help="Simulated time between those frames.")
@click.pass_context
def watch(
    ctx: click.Context,
    scenario: Path,
    replication: int,
    seed: int,
    overrides: tuple[str, ...],
    begin: datetime | None,
    speed: str,
    frames: int | None,
    every: str,
) -> None:
    """Watch one replication of SCENARIO go by: queues, people, promises so far.

    \b
    Keys
      space pause    s step to the next event    + - speed    q quit
      h, b an hour on, back                      d a day on
    \b
    Examples
      supportsim watch scenarios/outage.yaml --from "2026-02-10 09:30"
      supportsim watch scenarios/growth.yaml --frames 8 --every "1 h" > monday.txt
    """
    if frames is None and not sys.stdout.isatty():
        raise click.UsageError("watch needs a terminal to draw on; elsewhere --frames 8 prints frames as plain text")
    step_ms = _step_ms(every)
    replay = _replay(scenario, overrides, seed, replication)
    plan = replay.story.plan
    start_ms = _instant(replay, begin) if begin else plan.window_ms[0]
    if frames is not None:
        _print_frames(replay, [start_ms + number * step_ms for number in range(frames)])
        return
    try:
        _play(replay, Player(start_ms, plan.horizon_ms - 1, next(one for one in SPEEDS if f"{one:g}" == speed)))
    except KeyboardInterrupt:
        ctx.exit(INTERRUPTED)


def _step_ms(every: str) -> int:
    from supportsim.scenario.units import parse_duration

    try:
        return parse_duration(every)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--every") from error


def _replay(file: Path, overrides: tuple[str, ...], seed: int, replication: int) -> Replay:
    from supportsim.experiment.replicate import Job, command_of, simulated
    from supportsim.measures.replay import Replay
    from supportsim.measures.story import tell
    from supportsim.scenario.loader import load_scenario

    loaded = load_scenario(file, overrides)
    say(f"{loaded.scenario.name}: simulating replication {replication}")
    job = Job(loaded.scenario, loaded.digest, seed, command_of(loaded, seed))
    plan, workload, ledger = simulated(job, replication)
    return Replay(tell(plan, workload, ledger), ledger)


def _instant(replay: Replay, local: datetime) -> int:
    """Return the instant of a local time.

    Raises:
        click.BadParameter: it is not in the simulated time.
    """
    from supportsim.measures.trace import local_instant_ms

    plan = replay.story.plan
    at_ms = local_instant_ms(plan, local)
    if not 0 <= at_ms < plan.horizon_ms:
        raise click.BadParameter(f"{local:%Y-%m-%d %H:%M} is outside of the simulated time", param_hint="--from")
    return at_ms


def _print_frames(replay: Replay, instants_ms: list[int]) -> None:
    from rich.console import Console

    from supportsim.report.watch import view

    console = Console(markup=False, emoji=False, highlight=False)
    for at_ms in instants_ms:
        if at_ms >= replay.story.plan.horizon_ms:
            break
        with console.capture() as captured:
            console.print(view(replay, replay.frame(at_ms), None, PLAIN_LINES, console.width))
        click.echo(captured.get())


PLAIN_LINES = 40
"""So high is a frame that is printed."""


def _play(replay: Replay, player: Player) -> None:
    from rich.console import Console
    from rich.live import Live

    from supportsim.report.watch import Pace, view

    console = Console(markup=False, emoji=False, highlight=False)
    with keyboard() as read_key, Live(console=console, screen=True, auto_refresh=False) as live:
        seen = time.monotonic()
        while not player.over:
            frame = replay.frame(int(player.at_ms))
            pace = Pace(player.speed, player.paused)
            live.update(view(replay, frame, pace, console.height, console.width), refresh=True)
            key = read_key(1 / FRAMES_A_SECOND)
            now = time.monotonic()
            player = player.after(now - seen)
            seen = now
            if key:
                player = player.pressed(key, replay.next_ms(int(player.at_ms)))
