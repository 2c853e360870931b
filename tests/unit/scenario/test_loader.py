"""Reading files: what is broken, what extends what, and what is overridden."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from supportsim.scenario.faults import Position
from supportsim.scenario.loader import Fault, LoadedScenario, ScenarioError, canonical_json, load_scenario
from supportsim.scenario.units import HOUR_MS, MINUTE_MS

FaultsOf = Callable[..., list[str]]

SMALL = """\
name: small
period: {start: 2026-01-05, length: 4 weeks}
demand: {contacts: {count: 100}}
work: {L1: {handle: 10 min}}
shifts: {core: "09:00-17:00"}
teams: {desk: {tier: L1, roster: {mon-fri: {core: 1}}}}
"""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def only_fault(file: Path, *overrides: str) -> Fault:
    with pytest.raises(ScenarioError) as error:
        load_scenario(file, overrides)
    assert len(error.value.faults) == 1, str(error.value)
    return error.value.faults[0]


def test_the_smallest_scenario_and_its_defaults(tmp_path: Path) -> None:
    file = write(tmp_path, "small.yaml", SMALL)
    loaded = load_scenario(str(file))
    assert loaded.files == (file,)
    assert loaded.scenario.work.L1 is not None
    assert loaded.scenario.work.first_reply == 3 * MINUTE_MS
    assert loaded.scenario.work.customer_reply.kind == loaded.scenario.work.customer_reply.constant
    assert loaded.scenario.period.timezone == "UTC"
    assert loaded.resolved["work"] == {"L1": {"handle": "10 min"}}
    assert loaded.positions["work.L1.handle"] == Position(str(file), 4, 21)
    assert json.loads(json.dumps(loaded.resolved)) == loaded.resolved


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b"", 1, 1, "the file is empty, expected a scenario (name: ..., period: ...)"),
        (b"# nothing\n", 1, 1, "the file is empty, expected a scenario (name: ..., period: ...)"),
        (b"- a\n- b\n", 1, 1, "the file is no mapping, expected a scenario (name: ..., period: ...)"),
        (b"just text", 1, 1, "the file is no mapping, expected a scenario (name: ..., period: ...)"),
        (b"name: \xff\xfe", 1, 7, "not UTF-8, expected text in that encoding"),
        ("name: small".encode("utf-16"), 1, 1, "not UTF-8, expected text in that encoding"),
        (b"a: 1\nname: \x1b[31m", 2, 7, "control character U+001B, expected plain text"),
        (b"name: a\x00", 1, 8, "control character U+0000, expected plain text"),
        (b"a: " + b"[" * 5000, 1, 27, "nested more than 24 deep, expected a scenario"),
        (b"a: 1\n---\nb: 2\n", 2, 1, "a second document begins, expected one scenario a file"),
        (b"a: &a [1, *a]\n", 1, 11, "*a contains itself, expected an alias of something complete"),
        (b"a: &a {b: {c: *a}}\n", 1, 15, "*a contains itself, expected an alias of something complete"),
        (b"a: *b\n", 1, 4, "*b stands for nothing, expected an anchor &b before it"),
        (b"? [a, b]\n: 1\n", 1, 3, "a key is a mapping or a list, expected text"),
        (b"a: &k b\n*k : 1\n", 2, 1, "a key is an alias, expected text"),
        (b'"a\\0b": 1\n', 1, 1, "a key holds control characters, expected text"),
        (b"a: [1, 2\n", 2, 1, "not YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'"),
        (
            b"a: {queue: > 10}\n",
            1,
            12,
            "not YAML: while scanning for the next token, found character '>' that cannot start"
            " any token; text that begins with a sign needs quotes",
        ),
        (
            b"a: > 10\n",
            1,
            6,
            "not YAML: while scanning a block scalar, expected a comment or a line break, but found '1';"
            " text that begins with a sign needs quotes",
        ),
        (b"a: b: c\n", 1, 5, "not YAML: mapping values are not allowed here"),
        (
            b"a: {b: !!python/object:os.system x}\n" + b"\n" * 300_000,
            1,
            1,
            "larger than 256 KB, expected a scenario file",
        ),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, line: int, column: int, message: str) -> None:
    file = write(tmp_path, "broken.yaml", content)
    fault = only_fault(file)
    assert (fault.file, fault.line, fault.column, fault.message) == (str(file), line, column, message)


def test_a_bomb_of_aliases_takes_no_memory(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    file = write(tmp_path, "bomb.yaml", "\n".join(lines))
    tracemalloc.start()
    fault = only_fault(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fault.message == "more than 20,000 values (aliases counted), expected a scenario"
    assert peak < 20e6


def test_fifty_megabytes_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    tracemalloc.start()
    fault = only_fault(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fault.message == "larger than 256 KB, expected a scenario file"
    assert peak < 2e6


def test_files_that_are_not_there(tmp_path: Path) -> None:
    fault = only_fault(tmp_path / "absent.yaml")
    assert str(fault) == (
        f"{tmp_path / 'absent.yaml'}:1:1: cannot be read: No such file or directory; expected a scenario file"
    )
    assert only_fault(tmp_path).message == "cannot be read: Is a directory; expected a scenario file"
    assert only_fault(tmp_path / "a\0b").message == "cannot be read: that is no file name; expected a scenario file"


def test_every_fault_of_a_file_is_told_at_its_place(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "bad.yaml",
        """\
name: my scenario
period: {start: 2026-13-05, lenght: 4 weeks}
demand:
  contacts: {count: -5, per: fortnight}
  contacts: {count: 3}
  busyness: 140%
  growth: {rate: .nan}
  channels: {email: {share: 100%, live: yes}}
work:
  L1: {handle: {lognormal: {mean: 10 min}}, escalates: {login: lots, default: 5%}}
  first_reply: 3
shifts: {core: "9-17"}
teams:
  desk:
    skills: general
    roster: {mo: {core: 1.5}, tue: {core: 1.5}}
    hourly_cost: true
sla:
""",
    )
    with pytest.raises(ScenarioError) as error:
        load_scenario(file)
    assert [f"{f.line}:{f.column} {f.path}: {f.message}" for f in error.value.faults] == [
        "1:7 name: 'my scenario' is no name, expected letters, digits and _ only, not beginning with a digit",
        "2:17 period.start: '2026-13-05' is no date from 1970 to 2200, expected for instance '2026-01-05'",
        "2:29 period.lenght: unknown key, did you mean 'length'?",
        "4:21 demand.contacts.count: -5 is out of range, expected at least 0",
        "4:30 demand.contacts.per: 'fortnight' is unknown, expected 'hour', 'day', 'week', 'month' or 'year'",
        "5:3 demand.contacts: stated twice, first in line 4; expected it once",
        "6:13 demand.busyness: '140%' is outside 0%..100%",
        "7:18 demand.growth.rate: .nan is no number to count with, expected a finite one",
        "8:41 demand.channels.email.live: 'yes' is neither, expected true or false",
        "10:28 work.L1.handle.lognormal: expected either mean and cv, or median and p90",
        "10:64 work.L1.escalates.login: 'lots' is no share, expected for instance '25%'",
        "11:16 work.first_reply: 3 has no unit, expected a duration such as '3 min'",
        "12:16 shifts.core: '9' is no clock time, expected for instance '09:00'",
        "14:3 teams.desk.tier: missing, and it has no default",
        "15:13 teams.desk.skills: 'general' is not understood here, expected a list",
        "16:14 teams.desk.roster.mo: 'mo' names no weekdays, expected for instance 'mon', 'mon-fri', 'sat,sun' or"
        " 'daily'",
        "16:43 teams.desk.roster.tue.core: 1.5 is not whole, expected for instance 2",
        "17:18 teams.desk.hourly_cost: true is no number, expected for instance 12.5",
        "18:1 sla: has no value, expected one (or leave the key out)",
    ]


@pytest.mark.parametrize(
    ("override", "fault"),
    [
        (
            "work.L1.handle=[1, 2]",
            "work.L1.handle: a list is not understood here, expected a duration such as '15 min' or",
        ),
        ("work.L1.escalates=[]", "work.L1.escalates: a list is not understood here, expected a share such as '25%' or"),
        (
            "work.L1.escalates={from: 0%, to: 5%}",
            "work.L1.escalates: from and to differ, expected the time the move takes",
        ),
        (
            "work.L1.handle={gamma: {mean: 5 min, cv: 0}}",
            "work.L1.handle.gamma.cv: 0 is out of range, expected above 0",
        ),
        (
            "work.L1.handle={gamma: {mean: 5 min, cv: 1}, exponential: {mean: 4 min}}",
            "work.L1.handle: states exponential and gamma (null removes an inherited one), expected exactly one of",
        ),
        (
            "work.L1.handle={gamma: {mean: 5 min, cf: 1}}",
            "work.L1.handle.gamma.cf: unknown key, expected one of mean, cv",
        ),
        ("work.L1.handle=99999999 weeks", "work.L1.handle: '99999999 weeks' is too long, expected at most 20 years"),
        ("demand.contacts=5", "demand.contacts: 5 is not understood here, expected a mapping (key: value)"),
        ("demand.contacts.count=1e300", "demand.contacts.count: 1e+300 is out of range, expected at most 1000000000.0"),
        ("demand.contacts.count='9'", "demand.contacts.count: '9' is no number, expected for instance 12.5"),
        ("teams={}", "teams: has too few entries, expected at least 1"),
        ("events.0={}", "events.0: has too few entries, expected at least 1"),
        ("events.0.release={at: 2026-01-13 10:00, lasts: 4 h}", "events.0: has too many entries, expected at most 1"),
        ("events.0.flood={}", "events.0.flood: 'flood' is unknown, expected 'outage', 'release'"),
        ("events.0.outage.at=2026-01-13T10:00Z", "events.0.outage.at: '2026-01-13T10:00Z' is no local time, expected"),
        ("events.0.outage.at=1768298400", "events.0.outage.at: 1768298400 is no local time, expected for instance"),
        (
            "events.0.outage.volume=300%",
            "events.0.outage.volume: '300%' is no change, expected a sign and a percentage",
        ),
        ("routing.order=lifo", "routing.order: 'lifo' is unknown, did you mean 'fifo'?"),
        ("sla.response.P7=1 h", "sla.response.P7: 'P7' is unknown, expected 'P1', 'P2', 'P3', 'P4' or 'P5'"),
        (
            "sla.response.P3=1.5 business days",
            "sla.response.P3: '1.5 business days' is not 1 to 1000 whole days, expected",
        ),
        (
            "targets.response_sla={at_least: 9%, at_most: 10%}",
            "targets.response_sla: states at_least and at_most (null",
        ),
        (
            "targets.response_sla={}",
            "targets.response_sla: is empty, expected exactly one of at_least, at_most, between",
        ),
        ("targets.response_sla={at_leats: 9%}", "targets.response_sla.at_leats: unknown key, did you mean 'at_least'?"),
        ("teams.front.holidays=5", "teams.front.holidays: 5 are no holidays, expected a country code such as"),
        (
            "calendars.office=weekdays",
            "calendars.office: 'weekdays' is not understood here, expected opening hours such as",
        ),
        (
            'calendars.office={mon-fri: "17:00-17:00"}',
            "calendars.office.mon-fri: '17:00-17:00' is empty, expected an end",
        ),
        ("summary=[1]", "summary: a list is not understood here, expected text"),
        ("name=" + "x" * 61, "name: 'xxx"),
        ("extends=other.yaml", "extends: is for files, expected the path of a value of the scenario"),
        ('summary="a\\eb"', "summary: 'a\\x1bb' holds control characters, expected text"),
    ],
)
def test_what_the_schema_refuses(faults_of: FaultsOf, override: str, fault: str) -> None:
    found = faults_of(override)
    assert len([line for line in found if line.startswith(fault)]) == 1, found


def test_text_stays_text(tmp_path: Path) -> None:
    text = SMALL.replace("100}}", "100}, segments: {NO: 60%, on: 40%}}").replace("name: small", "name: NO")
    loaded = load_scenario(write(tmp_path, "no.yaml", text.replace('"09:00-17:00"', "22:30-23:30")))
    assert loaded.scenario.name == "NO"
    assert list(loaded.scenario.demand.segments) == ["NO", "on"]
    assert loaded.scenario.shifts["core"] == ((22 * 60 + 30, 23 * 60 + 30),)


def test_aliases_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    text = SMALL.replace("{mon-fri: {core: 1}}", "{mon: &one {core: 1}, tue: *one}")
    loaded = load_scenario(write(tmp_path, "a.yaml", b"\xef\xbb\xbf" + text.encode()))
    assert loaded.scenario.teams["desk"].roster == {"mon": {"core": 1}, "tue": {"core": 1}}


def test_mappings_merge_lists_and_scalars_are_replaced_and_null_removes(tmp_path: Path) -> None:
    base = write(tmp_path, "base.yaml", SMALL.replace("count: 100", "count: 100, per: week") + "summary: base\n")
    child = write(
        tmp_path,
        "child.yaml",
        "extends: base.yaml\nname: child\nsummary: null\ndemand: {contacts: {count: 7}}\n"
        "teams: {desk: {roster: {mon-fri: null, sat: {core: 2}}, skills: [general]}}\n",
    )
    loaded = load_scenario(child)
    assert loaded.files == (child, base)
    assert loaded.scenario.name == "child"
    assert loaded.scenario.summary == ""
    assert (loaded.scenario.demand.contacts.count, loaded.scenario.demand.contacts.per) == (7, "week")
    assert loaded.scenario.teams["desk"].roster == {"sat": {"core": 2}}
    assert "summary" not in loaded.resolved
    assert "extends" not in loaded.resolved
    assert loaded.positions["demand.contacts.count"].file == str(child)
    assert loaded.positions["demand.contacts.per"].file == str(base)


def test_a_fault_stands_in_the_file_that_stated_the_value(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    write(tmp_path / "shared", "base.yaml", SMALL.replace("10 min", "10"))
    child = write(tmp_path, "child.yaml", "extends: shared/base.yaml\nname: child\ndemand: {contacts: {count: x}}\n")
    with pytest.raises(ScenarioError) as error:
        load_scenario(child)
    assert [(Path(f.file).name, f.line, f.path) for f in error.value.faults] == [
        ("child.yaml", 3, "demand.contacts.count"),
        ("base.yaml", 4, "work.L1.handle"),
    ]


def test_null_that_removes_nothing_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", SMALL)
    child = write(tmp_path, "child.yaml", "extends: base.yaml\nname: child\ndemand: {gowth: null}\n")
    assert str(only_fault(child)) == (
        f"{child}:3:17: demand.gowth: null removes an inherited key, but nothing is inherited here;"
        " expected a value or no such key"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": "a"}, "goes in a circle: a.yaml -> a.yaml; expected a chain that ends"),
        ({"a": "b", "b": "a"}, "goes in a circle: a.yaml -> b.yaml -> a.yaml; expected a chain that ends"),
        ({"a": "b", "b": "c", "c": "b"}, "goes in a circle: a.yaml -> b.yaml -> c.yaml -> b.yaml; expected a chain"),
    ],
)
def test_circles_are_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, extends in files.items():
        write(tmp_path, f"{name}.yaml", f"extends: {extends}.yaml\n")
    fault = only_fault(tmp_path / "a.yaml")
    assert (fault.path, fault.line, fault.column) == ("extends", 1, 10)
    assert fault.message.startswith(message)


def test_a_circle_through_a_link_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "extends: b.yaml\n")
    os.symlink(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert only_fault(tmp_path / "a.yaml").message.startswith("goes in a circle: a.yaml -> b.yaml")


def test_a_long_chain_is_refused(tmp_path: Path) -> None:
    for number in range(30):
        write(tmp_path, f"s{number}.yaml", f"extends: s{number + 1}.yaml\n")
    assert only_fault(tmp_path / "s0.yaml").message.startswith("goes through more than 20 files: s0.yaml -> s1.yaml")


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("absent.yaml", "absent.yaml cannot be read: No such file or directory; expected a scenario file"),
        ("[base.yaml]", "expected the name of a scenario file"),
        ("5", "expected the name of a scenario file"),
        ("", "expected the name of a scenario file"),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, extends: str, message: str) -> None:
    child = write(tmp_path, "child.yaml", f"name: child\nextends: {extends}\n")
    fault = only_fault(child)
    assert (fault.file, fault.line, fault.path) == (str(child), 2, "extends")
    assert fault.message.endswith(message)


def test_overrides_replace_values(base: Path) -> None:
    def load(*overrides: str) -> LoadedScenario:
        return load_scenario(base, overrides)

    assert load("demand.contacts.count=7").scenario.demand.contacts.count == 7
    assert load("demand.contacts.count=7", "demand.contacts.count=8").scenario.demand.contacts.count == 8
    assert load("routing.at_shift_end.grace=1 h").scenario.routing.at_shift_end.grace == HOUR_MS
    assert load("events.0.outage.volume=+100%").scenario.events[0]["outage"].volume == 1.0
    assert load("events=[]").scenario.events == ()
    assert load("self_service=null").scenario.self_service == {}
    assert load("shifts.late.1=18:00-22:00").scenario.shifts["late"] == ((720, 960), (1080, 1320))
    targets = load(
        "targets.wait_minutes.p90[channel=phone].at_most=3 min", "targets.response_sla=null"
    ).scenario.targets
    assert [(key, target.at_most) for key, target in targets.items()] == [
        ("wait_minutes.p90[channel=phone]", "3 min"),
    ]
    segments = load("targets.response_sla[priority=P3, segment=vip]={at_least: 9%}").scenario.targets
    assert list(segments) == ["response_sla", "response_sla[priority=P3, segment=vip]"]


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("demand.contatcs.count=5", "--set:1:1: demand.contatcs: unknown key, did you mean 'contacts'?"),
        ("demand.contacts.count=x", "--set:1:23: demand.contacts.count: 'x' is no number, expected for instance 12.5"),
        (
            "demand",
            "--set:1:1: 'demand' is no override, expected path=value, for instance demand.contacts.count=900",
        ),
        ("demand=", "--set:1:1: 'demand=' is no override, expected path=value, for instance demand.contacts.count=900"),
        (
            "work.L1.escalates.login=5%",
            "--set:1:1: work.L1.escalates: is '20%' and has no 'login'; expected to set it whole,"
            " work.L1.escalates=...",
        ),
        ("events.1.outage.lasts=1 h", "--set:1:1: events: '1' is none of its items, expected 0 to 0"),
        ("events.x=1", "--set:1:1: events: 'x' is none of its items, expected 0 to 0"),
        ("demand.growth=null", "--set:1:1: demand.growth: null removes a key, but there is none; expected a value"),
        (
            "summary=[1",
            "--set:1:11: summary: not YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
        ),
        (
            "demand.contacts={count: 5, per: null}",
            "--set:1:28: demand.contacts.per: has no value, expected one (or leave",
        ),
    ],
)
def test_overrides_that_mean_nothing(base: Path, override: str, line: str) -> None:
    assert str(only_fault(base, override)).startswith(line)


def test_the_line_of_an_override_is_its_number(base: Path) -> None:
    fault = only_fault(base, "demand.contacts.count=5", "period.length=5")
    assert str(fault) == "--set:2:15: period.length: 5 has no unit, expected a duration such as '5 min'"


def test_the_digest_is_of_what_is_stated_not_of_how(tmp_path: Path) -> None:
    plain = load_scenario(write(tmp_path, "a.yaml", SMALL))
    spelled = (
        SMALL.replace("10 min", "{constant: {value: 600 s}}").replace("length: 4 weeks", "length: 28 days") + "# x\n"
    )
    assert load_scenario(write(tmp_path, "b.yaml", spelled)).digest == plain.digest
    assert len(plain.digest) == 64
    assert load_scenario(write(tmp_path, "c.yaml", SMALL), ["demand.contacts.count=101"]).digest != plain.digest
    assert json.loads(canonical_json(plain.scenario))["work"]["L1"]["handle"]["default"]["constant"] == {
        "value": 600_000
    }


def test_the_order_of_self_service_counts(base: Path) -> None:
    layers = "{deflects: 5%}"
    forth = load_scenario(base, [f"self_service={{a: {layers}, b: {layers}}}"])
    back = load_scenario(base, [f"self_service={{b: {layers}, a: {layers}}}"])
    assert forth.digest != back.digest


def test_observed_durations_are_read_beside_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", "handle.txt", "12.5\n\n3\n1e1\n")
    write(tmp_path / "data", "base.yaml", SMALL.replace("10 min", "{empirical: handle.txt}"))
    child = write(tmp_path, "child.yaml", "extends: data/base.yaml\nname: child\n")
    loaded = load_scenario(child)
    assert loaded.scenario.work.L1 is not None
    observed = loaded.scenario.work.L1.handle["default"].empirical
    assert observed is not None
    assert observed.minutes == (12.5, 3.0, 10.0)
    before = loaded.digest
    write(tmp_path / "data", "handle.txt", "12.5\n3\n11\n")
    assert load_scenario(child).digest != before


@pytest.mark.parametrize(
    ("content", "file", "line", "message"),
    [
        (b"5\n-1\n", "observed.txt", 2, "'-1' is no duration, expected a number of minutes, 0 or more"),
        (b"5\nnan\n", "observed.txt", 2, "'nan' is no duration, expected a number of minutes, 0 or more"),
        (b"minutes\n5\n", "observed.txt", 1, "'minutes' is no duration, expected a number of minutes, 0 or more"),
        (b"inf\n", "observed.txt", 1, "'inf' is no duration, expected a number of minutes, 0 or more"),
        (b"\n\n", "small.yaml", 4, "observed.txt is empty, expected one number of minutes a line"),
        (b"\xff", "small.yaml", 4, "observed.txt is not UTF-8, expected one number of minutes a line"),
        (
            None,
            "small.yaml",
            4,
            "observed.txt cannot be read: No such file or directory; expected a file with one number",
        ),
    ],
)
def test_observed_durations_that_make_no_sense(
    tmp_path: Path, content: bytes | None, file: str, line: int, message: str
) -> None:
    if content is not None:
        write(tmp_path, "observed.txt", content)
    scenario = write(tmp_path, "small.yaml", SMALL.replace("10 min", "{default: {empirical: {file: observed.txt}}}"))
    fault = only_fault(scenario)
    assert (Path(fault.file).name, fault.line) == (file, line)
    assert fault.path == "work.L1.handle.default.empirical"
    assert fault.message.removeprefix(f"{tmp_path}/").startswith(message)


def test_observed_minutes_are_not_for_the_scenario_to_state(tmp_path: Path) -> None:
    write(tmp_path, "observed.txt", "5\n")
    file = write(tmp_path, "a.yaml", SMALL.replace("10 min", "{empirical: {file: observed.txt, minutes: [1]}}"))
    assert only_fault(file).message == "is read from the file, expected no such key"
