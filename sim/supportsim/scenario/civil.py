"""Civil time: time zones, local midnights and public holidays, one instant at a time.

Instants are integer milliseconds since an origin in UTC. A local time that the clocks
skip counts as if they had not been put forward yet, so it falls later by the gap; one
that comes twice means the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from supportsim.scenario.model import Period
from supportsim.scenario.suggest import expected_one_of
from supportsim.scenario.units import DAY_MS

_MILLISECOND = timedelta(milliseconds=1)


@lru_cache
def zone(timezone: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(available_timezones())
        raise ValueError(f"unknown time zone {timezone!r}, {expected_one_of(timezone, known)}") from None


def instant_ms(timezone: str, origin: datetime, local: datetime) -> int:
    """Return the instant of a local time without a zone."""
    return (local.replace(tzinfo=zone(timezone), fold=0).astimezone(UTC) - origin) // _MILLISECOND


def local_ms(timezone: str, origin: datetime, day: date, minutes_after_midnight: float = 0) -> int:
    """Return the instant at which the wall clock shows so many minutes after midnight of a local date.

    1440 minutes and more are clock times of the days that follow.
    """
    local = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes_after_midnight)
    return instant_ms(timezone, origin, local)


def local_date(timezone: str, origin: datetime, at_ms: int) -> date:
    """Return the local date of an instant."""
    return (origin + at_ms * _MILLISECOND).astimezone(zone(timezone)).date()


def after_civil(timezone: str, origin: datetime, day: date, duration_ms: int) -> int:
    """Return the instant a duration after the local midnight of ``day``.

    Whole days are civil days, which end at local midnight; the rest is elapsed time.
    """
    days, rest_ms = divmod(duration_ms, DAY_MS)
    return local_ms(timezone, origin, day + timedelta(days=days)) + rest_ms


@dataclass(frozen=True)
class PeriodSpan:
    """A period as instants.

    Args:
        origin: the start of the warm-up, the instant of time 0, aware, UTC.
        start_ms, end_ms: the judged period, half-open.
    """

    origin: datetime
    start_ms: int
    end_ms: int


def period_span(period: Period) -> PeriodSpan:
    """Return the instants of a period; its whole days are civil days of its time zone."""
    first_day = period.start - timedelta(days=period.warm_up // DAY_MS)
    midnight = datetime.combine(first_day, datetime.min.time(), zone(period.timezone)).astimezone(UTC)
    origin = midnight - period.warm_up % DAY_MS * _MILLISECOND
    start_ms = local_ms(period.timezone, origin, period.start)
    return PeriodSpan(origin, start_ms, after_civil(period.timezone, origin, period.start, period.length))


def resolve_holidays(stated: str | Sequence[date], first: date, last: date) -> tuple[date, ...]:
    """Return the holidays from ``first`` to ``last``, both included, in order.

    Args:
        stated: a country code (``US``), a country and subdivision (``DE-BY``), or the dates themselves.
        first: first date of interest.
        last: last date of interest.

    Raises:
        ValueError: unknown country or subdivision.
    """
    dates = _public_holidays(stated, first.year, last.year) if isinstance(stated, str) else sorted(stated)
    return tuple(day for day in dates if first <= day <= last)


@lru_cache
def _public_holidays(code: str, first_year: int, last_year: int) -> tuple[date, ...]:
    # Imported here because many scenarios do without public holidays.
    import holidays

    country, _, subdivision = code.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(f"unknown country {country!r} of holidays, {expected_one_of(country, sorted(known))}")
    if subdivision and subdivision not in known[country]:
        names = [f"{country}-{name}" for name in known[country]]
        raise ValueError(
            f"unknown holidays {code!r}, {expected_one_of(code, names) if names else f'expected {country}'}"
        )
    calendar = holidays.country_holidays(
        country, subdiv=subdivision or None, years=range(first_year, last_year + 1), expand=False
    )
    return tuple(sorted(calendar))
