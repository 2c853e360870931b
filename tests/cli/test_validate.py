"""The commands ``validate`` and ``schema``."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from supportsim.cli.validate import schema, validate

SMALL = """\
name: small
period: {start: 2026-01-05, length: 4 weeks}
demand: {contacts: {count: 100}}
work: {L1: {handle: 10 min}}
shifts: {core: "09:00-17:00"}
teams: {desk: {tier: L1, roster: {mon-fri: {core: 1}}}}
"""


def test_valid_files_are_named(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    done = CliRunner().invoke(validate, [str(file)])
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{file}: valid\n", "")


def test_every_fault_of_every_file_is_a_line_on_stdout(tmp_path: Path) -> None:
    good, bad, absent = (tmp_path / name for name in ("good.yaml", "bad.yaml", "absent.yaml"))
    good.write_text(SMALL, encoding="utf-8")
    bad.write_text(SMALL.replace("count: 100", "cuont: 100").replace("core: 1}", "cor: 1}"), encoding="utf-8")
    done = CliRunner().invoke(validate, [str(bad), str(good), str(absent)])
    assert done.exit_code == 3
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"{bad}:3:10: demand.contacts.count: missing, and it has no default",
        f"{bad}:3:21: demand.contacts.cuont: unknown key, did you mean 'count'?",
        f"{good}: valid",
        f"{absent}:1:1: cannot be read: No such file or directory; expected a scenario file",
    ]


def test_overrides_are_checked(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    fine = CliRunner().invoke(validate, [str(file), "--set", "demand.contacts.count=5"])
    assert fine.exit_code == 0
    wrong = CliRunner().invoke(validate, [str(file), "--set", "demand.contacts.count=few"])
    assert wrong.exit_code == 3
    assert wrong.stdout == "--set:1:23: demand.contacts.count: 'few' is no number, expected for instance 12.5\n"


def test_no_file_is_wrong_usage() -> None:
    assert CliRunner().invoke(validate, []).exit_code == 2


def test_the_schema_is_printed() -> None:
    done = CliRunner().invoke(schema, [])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["title"] == "supportsim scenario"
