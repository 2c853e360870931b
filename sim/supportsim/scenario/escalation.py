"""The schema of escalation by the clock."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from supportsim.scenario.common import Name, OneOrMore, Priority, Tier
from supportsim.scenario.distributions import Model, stated_keys
from supportsim.scenario.units import Duration, Share


class ClockRule(Model):
    """What happens to a ticket that is still not resolved when its SLA clock has run for a while.

    The clock is that of the ticket's promises: it runs in the hours of its calendar and stands still in
    ``sla.pauses``. A ticket that waits is moved at once to the queue of the higher tier and is worked on there as if
    the tier below had escalated it. Work that has begun is finished first, also if it is set aside meanwhile; so is
    a call or a chat, waiting or answered. Whatever is left of the ticket after that goes up when the ticket next
    waits: with the customer's answer, say. Tickets about an incident go with the incident and have no such
    rules, nor have second tickets that are merged into the first. After the first resolution the rules are done with.

    Example:
        sla:
          calendar: {P1: always, default: always}
          response:   {P3: 1 h}
          resolution: {P3: 8 h}
          escalate:
            - {at: 80%, of: response, to: next_tier}
            - {at: 100%, notify: management}
            - {after: 2 h, to: L2, priorities: [P1, P2]}
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    at: Annotated[Share, Field(gt=0)] | None = None
    """Share of the promise that the clock has used; ``100%`` is when it falls due."""
    of: Literal["response", "resolution"] = "resolution"
    """Which promise. One on the response holds only while nobody has begun to work on the ticket."""
    after: Annotated[Duration, Field(gt=0)] | None = None
    """Instead of ``at``: what the clock has run since the ticket was created."""
    to: Literal[Tier, "next_tier"] | None = None
    """The tier to which the ticket goes; next_tier: the one above that at which it is, if work is stated there.
    Nothing happens to a ticket that is there already or higher."""
    notify: Name | None = None
    """Who is told, for instance ``management``. That is recorded and costs no work."""
    priorities: tuple[Priority, ...] = ()
    """Whose tickets it is about (default: all)."""

    @model_validator(mode="after")
    def _when_and_what(self) -> Self:
        if (self.at is None) == (self.after is None):
            raise ValueError(f"{stated_keys(self)}, expected either at, a share of the promise, or after, a time")
        if self.to is None and self.notify is None:
            raise ValueError("nothing happens, expected to: a tier, or notify: whom")
        if self.after is not None and "of" in self.model_fields_set:
            raise ValueError("of has no effect beside after, expected it only with at")
        return self


ClockRules = Annotated[tuple[ClockRule, ...], OneOrMore()]
"""A list of rules, or the only one."""
