"""What somebody who mistyped a name may have meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

_MOST_LISTED = 12


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return ``did you mean 'x'?`` for the closest of the ``known`` names, or an empty string."""
    same_but_for_case = [other for other in known if other.casefold() == name.casefold()]
    close = same_but_for_case or get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def expected_one_of(name: str, known: Sequence[str]) -> str:
    """Return what was meant instead of ``name``, else what there is; ``known`` is not empty."""
    listed = ", ".join(known[:_MOST_LISTED]) + (", ..." if len(known) > _MOST_LISTED else "")
    return did_you_mean(name, known) or f"expected {'one of ' if len(known) > 1 else ''}{listed}"
