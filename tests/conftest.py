"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# The same examples on every machine and in every run: a failure is a change of the code.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")
