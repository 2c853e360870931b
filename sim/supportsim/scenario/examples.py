"""Examples on the reference page: pieces of YAML in the docstrings of the schema's models.

A docstring that ends with a section ``Example:`` shows what its model is for. The piece is laid over one small
scenario, whole paths from the top included, so that it can be read, copied and run as it stands. A section
``File NAME:`` behind it holds a file that it names.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from textwrap import dedent

from pydantic import BaseModel

EXAMPLE_BASE = """\
name: small
period: {start: 2026-01-05, length: 4 weeks, warm_up: 0}
demand:
  contacts: {count: 60, per: day}
work:
  L1: {handle: {lognormal: {mean: 14 min, cv: 0.9}}, escalates: 20%}
  L2: {handle: {lognormal: {mean: 30 min, cv: 0.9}}}
shifts: {core: "09:00-17:00", early: "07:00-15:00"}
teams:
  desk: {tier: L1, roster: {mon-fri: {core: 3}}}
  experts: {tier: L2, roster: {mon-fri: {core: 2}}}
"""
"""The scenario that examples are laid over."""

_HEADING = "\nExample:\n"
_FILE = re.compile(r"\nFile (\S+):\n")


def about(model: type[BaseModel]) -> str:
    """Return what a model's docstring says, its example left out."""
    return cleandoc(model.__doc__ or "").partition(_HEADING)[0].strip()


def example(model: type[BaseModel]) -> str | None:
    """Return the example in a model's docstring as a scenario would state it over the small one, None without one."""
    _, heading, text = cleandoc(model.__doc__ or "").partition(_HEADING)
    return _block(_FILE.split(text)[0]) if heading else None


def example_files(model: type[BaseModel]) -> dict[str, str]:
    """Return the files, by name, that the example in a model's docstring needs beside it."""
    _, *parts = _FILE.split(cleandoc(model.__doc__ or ""))
    return {name: _block(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _block(text: str) -> str:
    return dedent(text).strip() + "\n"
