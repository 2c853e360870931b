"""Rules of escalation by the clock as they are read."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from supportsim.scenario.model import SlaPolicy


def test_the_only_rule_needs_no_list() -> None:
    rule = {"at": "80%", "to": "next_tier", "priorities": ["P1", "P2"]}
    assert SlaPolicy.model_validate({"escalate": rule}) == SlaPolicy.model_validate({"escalate": [rule]})
    assert SlaPolicy.model_validate({"escalate": [rule, rule]}) != SlaPolicy.model_validate({"escalate": rule})


def test_a_word_is_no_rule() -> None:
    with pytest.raises(ValidationError):
        SlaPolicy.model_validate({"escalate": "next_tier"})


def test_an_unknown_tier_is_one_fault() -> None:
    with pytest.raises(ValidationError) as caught:
        SlaPolicy.model_validate({"escalate": {"at": "80%", "to": "nexttier"}})
    assert caught.value.error_count() == 1
