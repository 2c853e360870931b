"""A scenario file to break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from supportsim.scenario.loader import ScenarioError, load_scenario

BASE = """\
name: base
period: {start: 2026-01-05, length: 4 weeks, timezone: America/New_York}
calendars:
  office: {mon-fri: "09:00-17:00"}
demand:
  contacts: {count: 1000, per: month}
  channels:
    email: {share: 60%}
    phone:
      share: 40%
      open: office
      patience: 5 min
      abandoned: {retry: 30%, as: email}
  segments: {vip: 20%, other: 80%}
  categories:
    login: {share: 70%, skill: account, priority: {P2: 40%, P3: 60%}}
    api: {share: 30%, skill: code}
self_service:
  articles: {deflects: {login: 20%, default: 5%}, skips: [vip]}
work:
  L1: {handle: 12 min, escalates: 20%}
  L2: {handle: 30 min}
shifts: {core: "09:00-17:00", late: ["12:00-16:00", "17:00-21:00"]}
teams:
  front: {tier: L1, skills: [account, code], roster: {mon-fri: {core: 3, late: 1}}}
  back: {tier: L2, skills: [account, code], roster: {mon-fri: {core: 2}}}
routing:
  fallback: {code: {L1: {team: back, after: 2 h}}}
sla:
  calendar: office
  response: {P2: 1 h, P3: 4 h}
  resolution: {P3: 5 business days}
  segments: {vip: 0.2}
events:
  - outage: {at: 2026-01-13 10:00, lasts: 4 h, categories: [api]}
targets:
  response_sla: {at_least: 95%}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a valid scenario file."""
    file = tmp_path / "base.yaml"
    file.write_text(BASE, encoding="utf-8")
    return file


@pytest.fixture
def faults_of(base: Path) -> Callable[..., list[str]]:
    """Return a function from overrides of the base to ``path: message`` lines."""

    def load(*overrides: str) -> list[str]:
        try:
            load_scenario(base, overrides)
        except ScenarioError as error:
            return [f"{fault.path}: {fault.message}" for fault in error.faults]
        return []

    return load
