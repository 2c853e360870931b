"""The schema of what changes for good: a product fix, a new article, a better macro."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from supportsim.scenario.common import Tier
from supportsim.scenario.distributions import Model
from supportsim.scenario.units import Change, Duration, LocalDate, Share


class DatedChange(Model):
    """Something that is different from a date on: a product fix, a new article, a better macro.

    Several may follow one another, step by step.

    Example:
        demand: {categories: {login: {share: 40%}, other: {share: 60%}}}
        self_service: {articles: {deflects: 10%}}
        changes:
          - {from: 2026-01-12, categories: [login], volume: -50%, note: the product was fixed}
          - {from: 2026-01-12, deflects: {articles: 30%}, by: 1 week, note: articles written in a week}
          - {from: 2026-01-19, tiers: [L1], handle: -20%, note: a better macro}
    """

    from_: LocalDate = Field(alias="from")
    """First day, at local midnight."""
    by: Duration = 0
    """How long after its first day it is there in full; until then it grows in a straight line."""
    categories: tuple[str, ...] = ()
    """What it concerns (default: all)."""
    volume: Change | None = None
    """Of these categories' contacts, those of events left out: ``-50%`` is half as many. Reductions multiply, increases
    add up."""
    handle: Annotated[Change, Field(gt=-1)] | None = None
    """Of the hands-on time of tickets created from then on; several multiply."""
    tiers: tuple[Tier, ...] = ()
    """Where ``handle`` changes (default: at every tier)."""
    deflects: dict[str, Share] = Field(default_factory=dict)
    """What self-service layers deflect once it is there in full, by layer, instead of what they did."""
    note: str = ""
    """What is done, for people."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.volume is None and self.handle is None and not self.deflects:
            raise ValueError("changes nothing, expected at least one of volume, handle, deflects")
        if self.tiers and self.handle is None:
            raise ValueError("tiers say where handle changes, expected handle")
        return self
