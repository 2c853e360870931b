"""``supportsim run`` from the outside."""

import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """Return the processes that ``process`` has started and that still run."""
    return [int(number) for number in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def wait_for_workers(process: subprocess.Popen[str], count: int) -> None:
    deadline = time.monotonic() + 60
    while len(workers_of(process)) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_verdict_comes_first_and_80_columns_suffice(supportsim: Command, desk: Path) -> None:
    done = supportsim("run", desk, "--replications", 3)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert next(line for line in lines if line.startswith("The design")).startswith("The design keeps")
    assert lines.index("Promises".ljust(80)) < lines.index(next(line for line in lines if line.startswith("Teams")))
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.stdout
    assert "…" not in done.stdout


def test_the_result_holds_everything(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    supportsim("run", desk, "--replications", 3, "--seed", 7, "--ledger", 0, "--ledger", 2, "--event-log")
    result = tmp_path / "results" / "desk"
    assert sorted(contents(result)) == [
        "arrays.npz",
        "backlog.csv",
        "curves.csv",
        "event_log_0.csv",
        "event_log_2.csv",
        "flow.csv",
        "hour_of_week.csv",
        "interval_15.csv",
        "interval_30.csv",
        "interval_60.csv",
        "ledger_0.npz",
        "ledger_2.npz",
        "metrics.csv",
        "replications.csv",
        "run.json",
        "targets.csv",
    ]
    run = json.loads((result / "run.json").read_text("utf-8"))
    assert (run["seed"], run["replications"]["numbers"]) == (7, [0, 1, 2])
    assert (result / run["scenario"]["file"]).resolve() == desk
    assert run["provenance"]["versions"]["simpy"]
    with (result / "replications.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    shares = [row for row in rows if row["metric"] == "response_sla" and row["slice"] == ""]
    assert [row["replication"] for row in shares] == ["0", "1", "2"]
    assert [float(row["numerator"]) / float(row["denominator"]) for row in shares] == [
        float(row["value"]) for row in shares
    ]


def test_json_is_one_document_and_nothing_else(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    done = supportsim("run", desk, "--replications", 2, "--json")
    printed = json.loads(done.stdout)
    assert printed == json.loads((tmp_path / "results" / "desk" / "run.json").read_text("utf-8"))
    assert [target["target"] for target in printed["targets"]] == ["response_sla", "abandonment[channel=phone]"]
    assert "NaN" not in done.stdout


def test_progress_goes_to_stderr_in_a_few_lines(supportsim: Command, desk: Path) -> None:
    done = supportsim("run", desk, "--replications", 20, "--quiet")
    assert done.stderr.startswith("everything is in results/desk")
    done = supportsim("run", desk, "--replications", 20)
    lines = done.stderr.splitlines()
    assert lines[-2] == "desk: 20 of 20 replications"
    assert len(lines) <= 12


def test_quiet_prints_the_verdict_only(supportsim: Command, desk: Path) -> None:
    done = supportsim("run", desk, "--replications", 2, "--quiet")
    assert " ".join(done.stdout.split()).startswith("The design keeps")
    assert len(done.stdout.splitlines()) <= 3


def test_same_bytes_for_any_number_of_workers(alone: Command, desk: Path, tmp_path: Path) -> None:
    printed, stored = [], []
    for workers in (1, 2, 3):
        done = alone("run", desk, "--replications", 5, "--workers", workers, "--ledger", 1, "--event-log")
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
        stored.append(contents(tmp_path / "results" / "desk"))
    assert stored[0] == stored[1] == stored[2]
    assert printed[0] == printed[1] == printed[2]


def test_another_seed_gives_other_bytes(supportsim: Command, desk: Path) -> None:
    one, other = (supportsim("run", desk, "--replications", 2, "--seed", seed).stdout for seed in (1, 2))
    assert one.replace("seed 1", "seed 2") != other


def test_a_set_value_takes_effect(supportsim: Command, desk: Path) -> None:
    done = supportsim("run", desk, "--replications", 2, "--json", "--set", "demand.contacts.count=50")
    assert json.loads(done.stdout)["resolved"]["demand"]["contacts"]["count"] == 50


def test_another_scenario_is_never_overwritten_unasked(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    other = tmp_path / "desk.yaml"
    other.write_text(desk.read_text("utf-8"), "utf-8")
    supportsim("run", desk, "--replications", 2)
    before = contents(tmp_path / "results")
    refused = supportsim("run", other, "--replications", 2)
    assert refused.returncode == 3
    assert "holds the result of another scenario" in refused.stderr
    assert contents(tmp_path / "results") == before
    assert supportsim("run", other, "--replications", 2, "--force").returncode == 0
    assert supportsim("run", other, "--replications", 2).returncode == 0


def test_a_folder_of_somebody_else_is_left_alone(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    done = supportsim("run", desk, "--replications", 2, "--out", "thesis", "--force")
    assert done.returncode == 3
    assert contents(tmp_path / "thesis") == {"chapter.txt": b"years of work"}


def test_what_the_user_put_beside_a_result_is_not_lost(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    supportsim("run", desk, "--replications", 2, "--ledger", 0, "--event-log")
    assert supportsim("run", desk, "--replications", 2).returncode == 0
    note = tmp_path / "results" / "desk" / "note.txt"
    note.write_text("talk to the team")
    refused = supportsim("run", desk, "--replications", 2)
    assert refused.returncode == 3
    assert "'note.txt'" in refused.stderr
    assert note.read_text() == "talk to the team"
    assert supportsim("run", desk, "--replications", 2, "--force").returncode == 0


def test_one_replication_alone_is_the_same_and_stores_nothing(supportsim: Command, desk: Path, tmp_path: Path) -> None:
    alone = supportsim("run", desk, "--only-replication", 2, "--json")
    assert alone.returncode == 0, alone.stderr
    assert not (tmp_path / "results").exists()
    supportsim("run", desk, "--replications", 3)
    with (tmp_path / "results" / "desk" / "replications.csv").open(encoding="utf-8") as stream:
        stored = {
            (row["metric"], row["stat"], row["slice"]): row["value"]
            for row in csv.DictReader(stream)
            if row["replication"] == "2"
        }
    printed = {
        (row["metric"], row["stat"], row["slice"]): "" if row["mean"] is None else str(row["mean"])
        for row in json.loads(alone.stdout)["metrics"]
    }
    assert printed == stored


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run"], 2, "Missing argument"),
        (["run", "desk.yaml", "--replications", "0"], 2, "--replications"),
        (["run", "desk.yaml", "--frobnicate"], 2, "No such option"),
        (["frobnicate"], 2, "No such command"),
        (["run", "nowhere.yaml"], 3, "nowhere.yaml"),
        (["run", "broken.yaml"], 3, "broken.yaml:2:1: not YAML"),
        (["run", "{desk}", "--set", "demand.contacts.cuont=9"], 3, "cuont"),
        (["run", "{desk}", "--only-replication", "1", "--event-log"], 2, "--out"),
        (["run", "{desk}", "--replications", "2", "--ledger", "2"], 2, "from 0 to 1"),
    ],
)
def test_exit_codes(
    supportsim: Command, desk: Path, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    (tmp_path / "broken.yaml").write_text("name: [\n")
    done = supportsim(*(argument.format(desk=desk) for argument in arguments))
    assert done.returncode == code
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("target", "bound", "code"),
    [
        ("response_sla", "at_least: 1%", 0),
        ("response_sla", "at_most: 1%", 4),
        ("response_sla[priority=P1]", "at_least: 1%", 5),
    ],
)
def test_the_gate_makes_the_verdict_the_exit_code(
    supportsim: Command, desk: Path, tmp_path: Path, target: str, bound: str, code: int
) -> None:
    text = desk.read_text("utf-8").split("targets:")[0].replace("P3: 4 h", "{P1: 1 h, P3: 4 h}".strip("{}"))
    (tmp_path / "gated.yaml").write_text(f"{text}targets: {{{target!r}: {{{bound}}}}}\n", "utf-8")
    assert supportsim("run", "gated.yaml", "--replications", 3, "--gate", "--quiet").returncode == code
    assert supportsim("run", "gated.yaml", "--replications", 3, "--quiet").returncode == 0


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interruption_keeps_what_is_finished(
    start: Start, desk: Path, tmp_path: Path, workers: int, stop: signal.Signals
) -> None:
    process = start("run", desk, "--replications", 1000, "--workers", workers, start_new_session=True)
    assert process.stderr is not None
    folder = tmp_path / "results"
    assert process.stderr.readline() == "desk: 100 of 1000 replications\n"
    children = workers_of(process)
    # As a terminal does it: everybody in the foreground gets the signal.
    os.killpg(process.pid, stop)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    run = json.loads((folder / "desk" / "run.json").read_text("utf-8"))
    finished = run["replications"]["finished"]
    assert run["replications"]["interrupted"]
    assert 0 < finished < 1000
    assert f"interrupted: {finished} of 1000 replications finished" in err
    assert f"{finished} of 1000 (interrupted) replications" in " ".join(out.split())
    assert [path.name for path in folder.iterdir()] == ["desk"]


def test_an_interruption_before_anything_is_finished_writes_nothing(start: Start, desk: Path, tmp_path: Path) -> None:
    process = start("run", desk, "--set", "demand.contacts.count=2000000", "--workers", 2, start_new_session=True)
    wait_for_workers(process, 2)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == "supportsim: interrupted, nothing was written"
    assert list((tmp_path / "results").iterdir()) == []


def test_a_killed_worker_costs_nothing_but_time(start: Start, desk: Path, tmp_path: Path) -> None:
    process = start("run", desk, "--replications", 60, "--workers", 2, "--quiet")
    wait_for_workers(process, 2)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "a worker died (killed, or out of memory);" in err
    assert json.loads((tmp_path / "results" / "desk" / "run.json").read_text("utf-8"))["replications"]["finished"] == 60


def test_an_unknown_backend_or_limit_is_wrong_usage(supportsim: Command, desk: Path) -> None:
    for wrong in (("--backend", "ray"), ("--backend", "dask://somewhere"), ("--time-limit", "5")):
        done = supportsim("run", desk, *wrong)
        assert done.returncode == 2
        assert "expected" in done.stderr


def test_workers_end_with_a_killed_parent(start: Start, desk: Path) -> None:
    process = start("run", desk, "--replications", 5000, "--workers", 2)
    wait_for_workers(process, 2)
    children = workers_of(process)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 30
    while any(alive(child) for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_reader_who_leaves_is_no_error(start: Start, desk: Path) -> None:
    process = start("run", desk, "--replications", 2)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert "Error" not in process.stderr.read()


def test_a_reader_of_everything_who_leaves_loses_no_result(start: Start, desk: Path, tmp_path: Path) -> None:
    process = start("run", desk, "--replications", 12, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    assert process.stdout.readline() == "desk: 2 of 12 replications\n"
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert (tmp_path / "results" / "desk" / "run.json").exists()


def test_a_full_disk_behind_stdout_is_an_error(alone: Command, desk: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = alone("run", desk, "--replications", 2, stdout=full)
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert (tmp_path / "results" / "desk" / "run.json").exists()


def test_a_place_that_cannot_be_written_is_an_error(supportsim: Command, desk: Path) -> None:
    done = supportsim("run", desk, "--replications", 2, "--out", "/proc/result")
    assert done.returncode == 1
    assert "/proc" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_narrow_terminal_with_colour_off(supportsim: Command, desk: Path) -> None:
    plain = supportsim("run", desk, "--replications", 2, variables={"NO_COLOR": "1", "COLUMNS": "60"})
    assert max(map(len, plain.stdout.splitlines())) <= 60
    assert "\x1b" not in plain.stdout
