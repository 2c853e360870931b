"""Axes and the points of a sweep."""

from typing import Any

import numpy as np
import pytest

from supportsim.experiment.design import Axis, make_axis, make_design, parse_vary, uniforms


def axis(text: str) -> Axis:
    return make_axis(*parse_vary(text))


def labels(text: str) -> list[str]:
    return [level.label for level in axis(text).levels]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("teams.front.roster.mon-fri.core=4..8", ["4", "5", "6", "7", "8"]),
        ("x=-2..1", ["-2", "-1", "0", "1"]),
        ("x=4..9:2", ["4", "6", "8"]),
        ("x=10%..20%:5%", ["10%", "15%", "20%"]),
        ("x=10 min..20 min:5 min", ["10 min", "15 min", "20 min"]),
        ("x=1..2:0.5 h", ["1 h", "1.5 h", "2 h"]),
        ("x=[fifo, priority]", ["fifo", "priority"]),
        ("x=[10%, 30%]", ["10%", "30%"]),
        ("x={a: 1}", []),
        ("x=7", ["7"]),
        ("targets.response_sla[priority=P1].at_least=[90%, 95%]", ["90%", "95%"]),
    ],
)
def test_what_is_chosen(text: str, expected: list[str]) -> None:
    if expected:
        assert labels(text) == expected
    else:
        with pytest.raises(ValueError, match="expected a range, a list, a distribution, or settings by label"):
            axis(text)


def test_a_path_may_hold_signs_in_brackets() -> None:
    assert axis("targets.response_sla[priority=P1].at_least=[90%]").name == "targets.response_sla[priority=P1].at_least"


def test_levels_say_what_they_change() -> None:
    assert [level.overrides for level in axis("a.b=4..5").levels] == [("a.b=4",), ("a.b=5",)]
    assert axis("a.b=[{c: 1}]").levels[0].overrides == ('a.b={"c": 1}',)
    assert axis("a=[x, 5 min]").levels[1].overrides == ('a="5 min"',)


def test_settings_change_several_values_together() -> None:
    found = make_axis("heads", {"-2": {"a.core": 3, "b.core": 4}, "0": {"a.core": 5}})
    assert [level.label for level in found.levels] == ["-2", "0"]
    assert [level.number for level in found.levels] == [-2, 0]
    assert found.levels[0].overrides == ("a.core=3", "b.core=4")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "varies nothing"),
        ("a=", "varies nothing"),
        ("a=8..4", "falls"),
        ("a=1..2000", "at most 1000"),
        ("a=1..2:0", "at most 1000"),
        ("a=1 min..2 h", "units min and h"),
        ("a=[]", "is empty"),
        ("a~gauss(1, 2)", "is no distribution, expected one of normal"),
        ("a~normal(1)", "a: "),
        ("a~normal(1, -2)", "sd above 0"),
    ],
)
def test_what_varies_nothing_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        axis(text)


def test_a_grid_is_every_combination_in_order() -> None:
    design = make_design([axis("a=1..2"), axis("b=[x, y]")], "grid", 64, 64, 1)
    assert [tuple(level.label for level in point.levels) for point in design.points()] == [
        ("1", "x"), ("1", "y"), ("2", "x"), ("2", "y"),
    ]  # fmt: skip
    assert [(point.plan, point.sample) for point in design.points()] == [(0, 0), (1, 0), (2, 0), (3, 0)]


def test_every_plan_meets_the_same_samples() -> None:
    design = make_design([axis("a=1..3"), axis("b~normal(100, 10)")], "grid", 64, 8, 1)
    assert (len(design), len(design.plans), len(design.samples)) == (24, 3, 8)
    points = list(design.points())
    assert [point.levels[1] for point in points[:8]] == [point.levels[1] for point in points[16:]]
    assert points[9].overrides == ("a=2", f"b={points[9].levels[1].label}")


def test_ends_without_steps_need_a_design_that_needs_none() -> None:
    with pytest.raises(ValueError, match="a: a grid needs steps"):
        make_design([axis("a=10%..30%")], "grid", 64, 64, 1)
    design = make_design([axis("a=10%..30%")], "lhs", 10, 64, 1)
    numbers = sorted(plan[0].number or 0 for plan in design.plans)
    assert all(10 + 2 * i <= number <= 12 + 2 * i for i, number in enumerate(numbers))


def test_too_many_points_are_refused() -> None:
    axes = [axis(f"{name}=1..100") for name in "abc"]
    with pytest.raises(ValueError, match="more than 100,000 points"):
        make_design(axes, "grid", 64, 64, 1)
    with pytest.raises(ValueError, match="more than 100,000 points"):
        make_design([*axes, axis("z~normal(1, 1)")], "lhs", 1000, 1000, 1)


AXES = [axis(f"{name}~uniform(0, 1)") for name in "abcd"]


@pytest.mark.parametrize("count", [1, 7, 64, 100])
def test_a_latin_hypercube_has_one_point_in_each_cell_of_each_axis(count: int) -> None:
    found = uniforms("lhs", AXES, count, 1)
    assert np.array_equal(np.sort(np.floor(found * count), axis=0), np.tile(np.arange(count)[:, None], (1, 4)))


@pytest.mark.parametrize("count", [16, 64])
def test_sobol_points_are_spread_better_than_chance(count: int) -> None:
    found = uniforms("sobol", AXES, count, 1)
    assert ((found > 0) & (found < 1)).all()
    for column in np.sort(found, axis=0).T:
        # A shift moves the points around the circle, where they stay equally far apart.
        gaps = np.diff(column)
        assert gaps == pytest.approx(1 / count, abs=1e-9)


def test_another_seed_gives_other_samples_and_the_same_seed_the_same() -> None:
    for method in ("lhs", "sobol"):
        one, again, other = (uniforms(method, AXES, 8, seed) for seed in (1, 1, 2))  # type: ignore[arg-type]
        assert np.array_equal(one, again)
        assert not np.any(one == other)


def test_one_more_assumption_moves_no_other() -> None:
    for method in ("lhs", "sobol"):
        few: Any = uniforms(method, AXES[:2], 16, 1)  # type: ignore[arg-type]
        assert np.array_equal(uniforms(method, AXES, 16, 1)[:, :2], few)  # type: ignore[arg-type]
