"""What goes first when several changes fall on one instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from supportsim.floor.instants import Handler, Instants, Order

Settle = Callable[[int], None]


def test_the_order_of_changes_is_this_table() -> None:
    assert [order.name for order in sorted(Order)] == [
        "WATCH", "WORK_END", "STAND_DOWN", "RELIEVE", "CREW", "CALLED", "BACK_UP", "PATIENCE", "RETURN", "WIDEN",
        "LET_GO", "AGE", "CLOCK", "LINK", "ARRIVAL",
    ]  # fmt: skip


def run(instants: Instants, handlers: Sequence[Handler], settle: Settle, arrivals_ms: Sequence[int] = ()) -> None:
    """Run with lone changes handled like those that share their instant."""

    def and_settle(handler: Handler) -> Handler:
        return lambda now, who, what: (handler(now, who, what), settle(now))[0]

    instants.run(arrivals_ms, by_order(handlers), settle, by_order([and_settle(handler) for handler in handlers]))


def by_order(handlers: Sequence[Handler]) -> dict[Order, Handler]:
    return dict(zip(Order, handlers, strict=True))


def test_changes_of_an_instant_come_in_order_whatever_the_order_of_scheduling() -> None:
    changes = [order for order in Order if order != Order.ARRIVAL]
    rotations = [changes[first:] + changes[:first] for first in range(len(changes))]
    for scheduled in (*rotations, *(rotation[::-1] for rotation in rotations)):
        seen: list[str] = []
        handlers = [lambda now, who, what, seen=seen, name=order.name: seen.append(name) for order in Order]
        instants = Instants(100)
        for order in scheduled:
            instants.at(7, (int(order), 0, 0))
        run(instants, handlers, lambda now, seen=seen: seen.append("settle"), arrivals_ms=[7])
        assert seen == [*(order.name for order in Order), "settle"]


def test_equal_orders_go_by_number() -> None:
    seen: list[int] = []
    instants = Instants(100)
    for who in (3, 1, 2):
        instants.at(5, (0, who, 0))
    run(instants, [lambda now, who, what: seen.append(who)] * len(Order), lambda now: None)
    assert seen == [1, 2, 3]


def test_instants_ring_in_time_and_settle_once_each() -> None:
    settled: list[int] = []
    instants = Instants(100)
    for time_ms in (50, 3, 50, 99, 100, 0):
        instants.at(time_ms, (0, 0, 0))
    run(instants, [lambda now, who, what: None] * len(Order), settled.append, arrivals_ms=[1, 1, 3, 60, 99])
    assert settled == [0, 1, 3, 50, 60, 99]


def test_arrivals_are_numbered_in_their_order() -> None:
    seen: list[tuple[int, int]] = []
    run(Instants(100), [lambda now, who, what: seen.append((now, who))] * len(Order), lambda now: None, [0, 4, 4, 99])
    assert seen == [(0, 0), (4, 1), (4, 2), (99, 3)]


def test_a_lone_change_is_handled_as_one() -> None:
    seen: list[str] = []
    several = [lambda now, who, what: seen.append(f"one of several at {now}")] * len(Order)
    alone = [lambda now, who, what: seen.append(f"alone at {now}")] * len(Order)
    instants = Instants(100)
    for time_ms in (1, 2, 2, 3, 5):
        instants.at(time_ms, (0, time_ms, 0))
    instants.run([3, 4, 6, 6], by_order(several), lambda now: seen.append(f"settle at {now}"), by_order(alone))
    shared = [[f"one of several at {now}"] * 2 + [f"settle at {now}"] for now in (2, 3, 6)]
    assert seen == ["alone at 1", *shared[0], *shared[1], "alone at 4", "alone at 5", *shared[2]]


def test_changes_may_cause_later_changes() -> None:
    seen: list[tuple[int, int]] = []
    instants = Instants(25)

    def handler(now: int, who: int, what: int) -> None:
        seen.append((now, who))
        if who < 3:
            instants.at(now + 10, (0, who + 1, 0))

    instants.at(0, (0, 0, 0))
    run(instants, [handler] * len(Order), lambda now: None)
    assert seen == [(0, 0), (10, 1), (20, 2)]


def test_what_an_arrival_causes_is_timed_from_the_arrival() -> None:
    seen: list[tuple[int, int]] = []
    instants = Instants(100)

    def arrive(now: int, who: int, what: int) -> None:
        instants.at(now + 10, (0, 7, 0))

    def end(now: int, who: int, what: int) -> None:
        seen.append((now, who))

    run(instants, [end] * (len(Order) - 1) + [arrive], lambda now: None, [3, 5])
    assert seen == [(13, 7), (15, 7)]


def test_a_change_that_nobody_handles_is_refused() -> None:
    instants = Instants(100)
    instants.at(5, (int(Order.AGE), 3, 0))
    arrives = {Order.ARRIVAL: lambda now, who, what: None}
    with pytest.raises(ValueError, match="nobody handles what falls on 5 ms"):
        instants.run([], arrives, lambda now: None, arrives)
