"""Numbers and verdicts as a manager says them."""

import math
from types import SimpleNamespace

import pytest

from supportsim.experiment.judgement import Verdict
from supportsim.report.words import bound, change, metric, minutes, number, quantity, sentence, share
from supportsim.scenario.metrics import parse_target_key


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 min"),
        (0.25, "15 s"),
        (0.995, "1 min"),
        (3, "3 min"),
        (3.26, "3.3 min"),
        (9.97, "10 min"),
        (59.6, "60 min"),
        (99.6, "1.7 h"),
        (252, "4.2 h"),
        (1440, "24 h"),
        (4320, "3 days"),
        (math.nan, "-"),
    ],
)
def test_minutes(value: float, words: str) -> None:
    assert minutes(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 %"), (1, "100 %"), (0.9523, "95.2 %"), (0.9996, "99.96 %"), (0.0004, "0.04 %"), (math.nan, "-")],
)
def test_a_share_next_to_certainty_is_not_rounded_into_it(value: float, words: str) -> None:
    assert share(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.456, "0.46"), (12.34, "12.3"), (1204.4, "1,204"), (7, "7"), (99.97, "100")]
)
def test_numbers(value: float, words: str) -> None:
    assert number(value) == words


def test_units() -> None:
    assert [quantity("share", 0.5), quantity("minutes", 90), quantity("hours", 12.5), quantity("money", 1234.5)] == [
        "50.0 %",
        "90 min",
        "12.5 h",
        "1,234",
    ]


def test_bounds() -> None:
    assert bound("share", 0.95, math.inf) == "at least 95 %"
    assert bound("minutes", -math.inf, 3) == "at most 3 min"
    assert bound("share", 0.6, 0.85) == "60 % to 85 %"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("response_sla", "response SLA"),
        ("response_sla[priority=P1]", "response SLA of P1"),
        ("resolution_sla[priority=P2, segment=smb]", "resolution SLA of P2 and smb"),
        ("wait_minutes.p90[channel=chat]", "wait p90 of chat"),
        ("wait_minutes", "wait"),
        ("fcr", "FCR"),
    ],
)
def test_names_of_metrics(key: str, words: str) -> None:
    assert metric(parse_target_key(key)) == words


def told(**verdicts: Verdict) -> str:
    return sentence([SimpleNamespace(key=parse_target_key(key), verdict=one) for key, one in verdicts.items()])  # type: ignore[misc]


def test_the_sentence_names_what_fails() -> None:
    met, missed, undecided = Verdict
    assert told(fcr=met) == "The design keeps its promise."
    assert told(fcr=met, backlog=met) == "The design keeps all 2 promises."
    assert told(fcr=missed) == "The design keeps 0 of 1 promise; it misses FCR."
    assert told(fcr=met, backlog=missed, tickets=missed, contacts=missed, abandonment=undecided) == (
        "The design keeps 1 of 5 promises; it misses backlog, tickets and contacts; undecided: abandonment."
    )
    assert sentence([]) == "The scenario states no targets, so there is nothing to judge."


def test_a_tiny_difference_is_not_called_none() -> None:
    assert change("share", 0.000004, signed=False) == "0.0004 points"
    assert change("share", -0.0000004) == "-0.00004 points"
    assert change("share", 0.00056) == "+0.056 points"
    assert change("share", 0.0) == "0.0 points"
