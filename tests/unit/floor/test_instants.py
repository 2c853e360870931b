"""What goes first when several changes fall on one instant."""

from __future__ import annotations

from itertools import permutations

from supportsim.floor.instants import Instants, Order


def test_the_order_of_changes_is_this_table() -> None:
    assert [order.name for order in sorted(Order)] == ["WORK_END", "CREW", "PATIENCE", "RETURN", "WIDEN", "ARRIVAL"]


def test_changes_of_an_instant_come_in_order_whatever_the_order_of_scheduling() -> None:
    for scheduled in permutations(Order, 6):
        seen: list[str] = []
        handlers = [lambda who, what, name=order.name: seen.append(name) for order in Order]
        instants = Instants(100, handlers, lambda seen=seen: seen.append("settle"))
        for order in scheduled:
            instants.at(7, (int(order), 0, 0))
        instants.run()
        assert seen == [*(order.name for order in Order), "settle"]


def test_equal_orders_go_by_number() -> None:
    seen: list[int] = []
    instants = Instants(100, [lambda who, what: seen.append(who)] * 6, lambda: None)
    for who in (3, 1, 2):
        instants.at(5, (0, who, 0))
    instants.run()
    assert seen == [1, 2, 3]


def test_instants_ring_in_time_and_settle_once_each() -> None:
    settled: list[int] = []
    instants = Instants(100, [lambda who, what: None] * 6, lambda: settled.append(instants.now_ms))
    for time_ms in (50, 3, 50, 99, 100, 0):
        instants.at(time_ms, (0, 0, 0))
    instants.run()
    assert settled == [0, 3, 50, 99]


def test_changes_may_cause_later_changes() -> None:
    seen: list[tuple[int, int]] = []

    def handler(who: int, what: int) -> None:
        seen.append((instants.now_ms, who))
        if who < 3:
            instants.at(instants.now_ms + 10, (0, who + 1, 0))

    instants = Instants(25, [handler] * 6, lambda: None)
    instants.at(0, (0, 0, 0))
    instants.run()
    assert seen == [(0, 0), (10, 1), (20, 2)]
