"""The simulated time of a scenario as instants."""

from __future__ import annotations

from datetime import timedelta

from supportsim.scenario.civil import PeriodSpan, period_span
from supportsim.scenario.model import Scenario
from supportsim.scenario.opening import lead_ms


def simulated_span(scenario: Scenario) -> PeriodSpan:
    """Return the instants of a scenario's period, time 0 being early enough for its work on hand to be created.

    So much later than time 0 as `opening.lead_ms` says the warm-up begins.
    """
    span, lead = period_span(scenario.period), lead_ms(scenario.start)
    return PeriodSpan(span.origin - timedelta(milliseconds=lead), span.start_ms + lead, span.end_ms + lead)
