"""What a sweep varies, and the points it looks at.

What is chosen (``=``: a roster, a promise) makes plans; what is not known (``~``) makes samples. Every plan meets the
same samples, as every point meets the same customers.

Sources:
    Latin hypercube: M. D. McKay, R. J. Beckman, W. J. Conover, *Technometrics* 21, 1979, 239-245.
    Sobol' points, shifted at random: R. Cranley and T. N. L. Patterson, *SIAM J. Numer. Anal.* 13, 1976, 904-914.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from supportsim.scenario.faults import ScenarioError
from supportsim.scenario.tree import parse, plain
from supportsim.scenario.uncertainty import Amount, Uncertain, parse_amount, parse_amounts
from supportsim.scenario.units import shown
from supportsim.workload.streams import Streams

Method = Literal["grid", "lhs", "sobol"]
MOST_LEVELS = 1000
MOST_POINTS = 100_000

_VARY = re.compile(r"(?P<path>(?:[^=~\[\]]|\[[^\]]*\])+)(?P<kind>[=~])(?P<value>.+)", re.DOTALL)
_RANGE = re.compile(r"(?P<low>[^:]+?)\.\.(?P<high>[^:]+?)(?::(?P<step>.+))?")
_CALL = re.compile(r"\s*(?P<name>\w+)\s*\((?P<values>[^()]*)\)\s*")


@dataclass(frozen=True)
class Level:
    """One setting of what is varied.

    Args:
        label: as tables show it.
        overrides: what it changes in the scenario.
        number: in its unit, where it is one.
    """

    label: str
    overrides: tuple[str, ...]
    number: float | None = None


@dataclass(frozen=True)
class Axis:
    """Something that is varied.

    Args:
        name: a path of the scenario, or the name of settings that change several.
        levels: what it can be; empty where it is anything between two ends.
        span: the two ends.
        uncertain: how likely which value is; None for what is chosen.
    """

    name: str
    levels: tuple[Level, ...] = ()
    span: tuple[Amount, Amount] | None = None
    uncertain: Uncertain | None = None

    def at(self, share: float) -> Level:
        """Return the setting at a uniform number from 0 to 1."""
        if self.uncertain is not None:
            return _level(self.name, self.uncertain.at(share))
        if self.span is not None:
            low, high = self.span
            return _level(self.name, low.of(low.number + share * (high.number - low.number)))
        return self.levels[min(int(share * len(self.levels)), len(self.levels) - 1)]

    def told(self, share: float) -> str:
        """Name the setting at a uniform number with no more digits than a reader wants."""
        level = self.at(share)
        if level.number is None:
            return level.label
        amount = parse_amount(_yaml(level.label))
        return replace(amount, number=float(f"{amount.number:.4g}")).text


@dataclass(frozen=True)
class Point:
    """One plan under one sample.

    Args:
        place: from 0, plans in order, the samples of each in order.
        plan, sample: their places.
        levels: of all axes, those chosen first.
    """

    place: int
    plan: int
    sample: int
    levels: tuple[Level, ...]

    @property
    def overrides(self) -> tuple[str, ...]:
        """What is changed in the scenario."""
        return tuple(override for level in self.levels for override in level.overrides)


@dataclass(frozen=True)
class Design:
    """All that is looked at.

    Args:
        chosen: axes of the plans.
        unknown: axes of the samples.
        plans: settings of the chosen axes, at least one (perhaps empty) plan.
        samples: settings of the unknown axes, likewise.
        shares: float (samples, unknown axes), where each sample lies in the distribution of each axis, 0..1.
    """

    chosen: tuple[Axis, ...]
    unknown: tuple[Axis, ...]
    plans: tuple[tuple[Level, ...], ...]
    samples: tuple[tuple[Level, ...], ...]
    shares: NDArray[np.float64]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """All of them, those chosen first."""
        return (*self.chosen, *self.unknown)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.plans) * len(self.samples)

    def points(self) -> Iterator[Point]:
        """Yield all points in order."""
        pairs = itertools.product(enumerate(self.plans), enumerate(self.samples))
        for place, ((plan, chosen), (sample, unknown)) in enumerate(pairs):
            yield Point(place, plan, sample, (*chosen, *unknown))


def make_design(axes: Sequence[Axis], method: Method, plans: int, samples: int, seed: int) -> Design:
    """Lay out the points.

    Args:
        axes: what is varied.
        method: how plans are laid out, ``grid`` being every combination; samples lie on shifted Sobol' points, or
            on a Latin hypercube with ``lhs``.
        plans: how many, unless on a grid.
        samples: how many, if anything is not known.
        seed: of the sampling.

    Raises:
        ValueError: the axes do not fit the method, or the points are too many.
    """
    chosen = tuple(axis for axis in axes if axis.uncertain is None)
    unknown = tuple(axis for axis in axes if axis.uncertain is not None)
    if method == "grid":
        for axis in chosen:
            if not axis.levels:
                raise ValueError(f"{axis.name}: a grid needs steps, expected for instance 10%..30%:5%, or --design lhs")
        if math.prod(len(axis.levels) for axis in chosen) * max(1, samples if unknown else 1) > MOST_POINTS:
            raise ValueError(f"more than {MOST_POINTS:,} points, expected fewer levels, or --design lhs --plans N")
        settings = tuple(itertools.product(*(axis.levels for axis in chosen)))
    else:
        settings = _settings(chosen, uniforms(method, chosen, plans, seed)) if chosen else ((),)
    shares = uniforms("lhs" if method == "lhs" else "sobol", unknown, samples, seed) if unknown else np.zeros((1, 0))
    if len(settings) * len(shares) > MOST_POINTS:
        raise ValueError(f"more than {MOST_POINTS:,} points, expected fewer plans or samples")
    return Design(chosen, unknown, settings, _settings(unknown, shares), shares)


def uniforms(method: Literal["lhs", "sobol"], axes: Sequence[Axis], count: int, seed: int) -> NDArray[np.float64]:
    """Return ``count`` points (count, axes), spread evenly over the unit cube.

    All that is random in them (the shift of the Sobol' points; order and place within its cell on the Latin hypercube)
    comes from our own streams, keyed by the axis, so they depend on no generator of a library.
    """
    streams, places = Streams(seed, 0), np.arange(count)
    columns = []
    if method == "sobol":
        from scipy.stats.qmc import Sobol

        # Unscrambled points need no generator.
        sobol = Sobol(len(axes), scramble=False).random_base2(max(0, math.ceil(math.log2(count))))[:count]
        for place, axis in enumerate(axes):
            columns.append((sobol[:, place] + streams.uniform(f"sobol/{axis.name}", 0)) % 1.0)
    else:
        for axis in axes:
            order = np.argsort(streams.uniform(f"lhs order/{axis.name}", places), kind="stable")
            columns.append((order + streams.uniform(f"lhs/{axis.name}", places)) / count)
    # Open at both ends, where some distributions are infinite.
    return np.clip(np.stack(columns, axis=1), 2.0**-53, 1 - 2.0**-53)


def parse_vary(text: str) -> tuple[str, Any]:
    """Return what ``path=4..8``, ``path=[a, b]`` or ``path~normal(mean, sd)`` varies, and how, as `make_axis` reads it.

    Raises:
        ValueError: it is nothing of the kind.
    """
    match = _VARY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{shown(text)} varies nothing, expected path=4..8, path=[a, b] or path~normal(mean, sd)")
    path, value = match["path"].strip(), match["value"].strip()
    if match["kind"] == "=":
        return path, value if _RANGE.fullmatch(value) else _yaml(value)
    call = _CALL.fullmatch(value)
    if call is None or call["name"] not in Uncertain.model_fields:
        kinds = ", ".join(Uncertain.model_fields)
        raise ValueError(f"{shown(value)} is no distribution, expected one of {kinds}, for instance normal(1200, 120)")
    values = [_yaml(part.strip()) for part in call["values"].split(",")]
    return path, {call["name"]: values}


def make_axis(name: str, how: Any) -> Axis:
    """Return an axis from plain data.

    Args:
        name: a path of the scenario, or any name for settings that change several values.
        how: a range (``4..8``, ``10%..30%:5%``), a list of values, a distribution, or settings by their label, each
            a mapping of paths to values.

    Raises:
        ValueError: it is none of these.
    """
    try:
        if isinstance(how, str) and (match := _RANGE.fullmatch(how.strip())):
            return _range(name, match["low"], match["high"], match["step"])
        if isinstance(how, Mapping) and how and not set(how) - set(Uncertain.model_fields):
            return Axis(name, uncertain=Uncertain.model_validate(dict(how)))
        if isinstance(how, Mapping) and how and all(isinstance(changes, Mapping) for changes in how.values()):
            return Axis(name, levels=tuple(_setting(str(label), changes) for label, changes in how.items()))
        if isinstance(how, Mapping):
            raise ValueError("expected a range, a list, a distribution, or settings by label")
        values = how if isinstance(how, list) else [how]
        if not values:
            raise ValueError("is empty, expected at least one value")
        return Axis(name, levels=tuple(_value(name, value) for value in values))
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]
        raise ValueError(f"{name}: {reason.get('ctx', {}).get('error', reason['msg'])}") from None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _range(name: str, low: str, high: str, step: str | None) -> Axis:
    texts = [low, high] + ([step] if step is not None else [])
    amounts = [parse_amount(_yaml(text.strip())) for text in texts]
    unit = next((amount.unit for amount in amounts if amount.unit), "")
    # A unit may be stated once for all.
    amounts = parse_amounts([amount.text + (f" {unit}" if not amount.unit else "") for amount in amounts])
    first, last = amounts[0], amounts[1]
    if last.number < first.number:
        raise ValueError(f"{low}..{high} falls, expected the smaller end first")
    whole = step is None and not unit and first.number.is_integer() and last.number.is_integer()
    if step is None and not whole:
        return Axis(name, span=(first, last))
    width = 1.0 if whole else amounts[2].number
    count = math.floor((last.number - first.number) / width * (1 + 1e-9)) + 1 if width > 0 else 0
    if not 1 <= count <= MOST_LEVELS:
        raise ValueError(f"{low}..{high} in such steps is no list of at most {MOST_LEVELS} values")
    return Axis(name, levels=tuple(_level(name, first.of(first.number + i * width)) for i in range(count)))


def _value(name: str, value: Any) -> Level:
    if isinstance(value, bool | dict | list) or value is None:
        text = json.dumps(value)
        return Level(text, (f"{name}={text}",))
    number = None
    with suppress(ValueError):
        number = parse_amount(value).number
    return Level(str(value), (f"{name}={json.dumps(value)}",), number)


def _setting(label: str, changes: Mapping[str, Any]) -> Level:
    number = None
    with suppress(ValueError):
        number = parse_amount(_yaml(label)).number
    return Level(label, tuple(f"{path}={json.dumps(value)}" for path, value in changes.items()), number)


def _level(name: str, amount: Amount) -> Level:
    return Level(amount.text, (f"{name}={amount.text}",), amount.number)


def _settings(axes: Sequence[Axis], shares: NDArray[np.float64]) -> tuple[tuple[Level, ...], ...]:
    return tuple(tuple(axis.at(share) for axis, share in zip(axes, row, strict=True)) for row in shares.tolist())


def _yaml(text: str) -> Any:
    try:
        node, faults = parse(text, "--vary")
    except ScenarioError as error:
        raise ValueError(error.faults[0].message) from error
    if faults:
        raise ValueError(faults[0].message)
    return plain(node)
