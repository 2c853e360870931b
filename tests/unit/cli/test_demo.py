"""The demo opens its report where there is a browser on the screen, or one that was named."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import pytest

from supportsim.cli.demo import _open


@pytest.mark.parametrize(
    ("variables", "opens"),
    [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "wayland-0"}, True), ({"BROWSER": "mine"}, True)],
)
def test_where_the_report_is_opened(
    variables: dict[str, str], opens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    page = tmp_path / "report.html"
    assert _open(page) is opens
    assert opened == ([page.as_uri()] if opens else [])


def test_a_browser_that_fails_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(address: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "open", fail)
    monkeypatch.setenv("BROWSER", "mine")
    assert not _open(tmp_path / "report.html")
