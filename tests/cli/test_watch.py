"""``supportsim watch`` as people run it."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_frames_as_plain_text(supportsim: Command, desk: Path) -> None:
    done = supportsim("watch", desk, "--from", "2026-03-02 10:00", "--frames", 2, "--every", "30 min")
    assert done.returncode == 0, done.stderr
    assert [line.split()[2] for line in done.stdout.splitlines() if line.startswith("Monday")] == [
        "10:00:00",
        "10:30:00",
    ]
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


def test_it_needs_a_terminal(supportsim: Command, desk: Path) -> None:
    done = supportsim("watch", desk)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--frames" in done.stderr


def test_a_time_outside_of_the_period(supportsim: Command, desk: Path) -> None:
    done = supportsim("watch", desk, "--from", "2027-01-01", "--frames", 1)
    assert done.returncode == 2
    assert "outside of the simulated time" in done.stderr


def test_keys_on_a_terminal(desk: Path) -> None:
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    command = [sys.executable, "-m", "supportsim", "watch", str(desk), "--from", "2026-03-02 10:00"]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    try:
        assert b"a second]" in read_until(master, b"a second]")
        os.write(master, b" ")
        assert b"[paused]" in read_until(master, b"[paused]")
        os.write(master, b"q")
        read_until(master, b"\x1b[?1049l")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)


def read_until(descriptor: int, wanted: bytes) -> bytes:
    """Read what a terminal shows until it has shown something, for a minute at most."""
    seen, give_up = b"", time.monotonic() + 60
    while wanted not in seen and time.monotonic() < give_up:
        if select.select([descriptor], [], [], 1)[0]:
            try:
                seen += os.read(descriptor, 65_536)
            except OSError:
                break
    return seen
