"""Several contacts in one agent's hands, on traces worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from small_floor import MINUTE_MS, Agent, Floor, Stage, Ticket, one

from supportsim.measures.audit import audit
from supportsim.workload.model import Next

HALVED = ((1_000_000, 500_000),)
"""An agent gets no more done with two in hand than with one."""


def chat(created: float, work: float, **more: object) -> Ticket:
    return one(created, work, live=True, **more)


def work(tickets: Sequence[Ticket], agents: Sequence[Agent] = (Agent(),), **rules: object) -> list[tuple]:
    """Return (ticket, agent, start, end), sorted by ticket; the ledger passes the audit."""
    more = {key: rules.pop(key) for key in ("grace", "channels") if key in rules}
    floor = Floor(tickets, agents, rules=rules, **more)
    audit(floor.plan(), floor.workload(), floor.run())
    return sorted(floor.work())


def test_chats_without_slowdown_take_their_own_time() -> None:
    found = work([chat(0, 10), chat(4, 10), chat(5, 3)], concurrency=(2,))
    assert found == [(0, 0, 0, 10), (1, 0, 4, 14), (2, 0, 10, 13)]


def test_what_is_left_is_stretched_when_another_chat_comes_and_shrinks_when_it_goes() -> None:
    # Alone until 4, 6 left; at half speed until 16; the second has then done 6 of 10.
    found = work([chat(0, 10), chat(4, 10)], concurrency=(2,), pace_ppm=HALVED)
    assert found == [(0, 0, 0, 16), (1, 0, 4, 20)]


def test_each_channel_has_its_own_slowdown() -> None:
    # The first goes on at full speed beside the second, which is halved from 0 to 10 and has done 5 of 8.
    rules = {"concurrency": (2, 2), "pace_ppm": ((1_000_000,), (1_000_000, 500_000)), "channels": 2}
    assert work([chat(0, 10), chat(0, 8, channel=1)], **rules) == [(0, 0, 0, 10), (1, 0, 0, 13)]


def test_an_end_between_milliseconds_is_rounded_up_once() -> None:
    # A third of full speed is 333,333 millionths: a minute takes 180,000.18 ms, and so does the next.
    third = ((1_000_000, 500_000, 333_333),)
    floor = Floor([chat(0, 1), chat(0, 2), chat(0, 9)], rules={"concurrency": (3,), "pace_ppm": third})
    ledger = floor.run()
    ends = ledger.time_ms[ledger.event == 12].tolist()
    # The second has 60,000 ms less 0.000333 left, at half speed: 299,999.9... ms more, and the third goes on alone.
    left = 120_000_000_000 - 180_001 * 333_333
    assert ends[:2] == [180_001, 180_001 - -left // 500_000]
    left = 9 * MINUTE_MS * 1_000_000 - 180_001 * 333_333 - (ends[1] - ends[0]) * 500_000
    assert ends[2] == ends[1] - -left // 1_000_000


@pytest.mark.parametrize(("busiest", "agents"), [(False, [0, 1, 2, 0]), (True, [0, 0, 1, 1])])
def test_the_next_chat_goes_to_the_emptiest_or_the_busiest_who_may_take_it(busiest: bool, agents: list[int]) -> None:
    chats = [chat(minute, 20) for minute in range(4)]
    found = work(chats, [Agent(), Agent(), Agent()], concurrency=(2,), to_busiest=busiest)
    assert [agent for _, agent, *_ in found] == agents


def test_among_equally_busy_agents_the_one_longest_so_comes_first() -> None:
    # Agent 1 has had one chat in hand since 1; agent 0 since 3, when one of two ended.
    tickets = [chat(0, 3), chat(1, 20), chat(2, 20), chat(4, 5)]
    found = work(tickets, [Agent(), Agent()], concurrency=(2,))
    assert [agent for _, agent, *_ in found] == [0, 1, 0, 1]


def test_live_and_deferrable_work_keep_apart() -> None:
    # The mail waits for the last chat, and then the chat for the mail.
    tickets = [chat(0, 10), one(1, 5), chat(2, 10), chat(14, 5)]
    assert work(tickets, concurrency=(3,)) == [(0, 0, 0, 10), (1, 0, 12, 17), (2, 0, 2, 12), (3, 0, 17, 22)]


def test_blending_allows_one_deferrable_ticket_beside_chats() -> None:
    tickets = [chat(0, 10), one(1, 5), one(2, 5), chat(3, 5), chat(4, 5)]
    # Three in hand from 3 on: at 6 the second mail, which has waited longest, takes the place of the first.
    found = work(tickets, concurrency=(3,), blending=True)
    assert found == [(0, 0, 0, 10), (1, 0, 1, 6), (2, 0, 6, 11), (3, 0, 3, 8), (4, 0, 8, 13)]


def test_a_call_is_held_alone() -> None:
    tickets = [chat(0, 10), chat(1, 5, channel=1), chat(2, 4), chat(11, 1)]
    found = work(tickets, concurrency=(3, 1), channels=2)
    assert found == [(0, 0, 0, 10), (1, 0, 10, 15), (2, 0, 2, 6), (3, 0, 15, 16)]


def test_what_follows_a_chat_is_deferrable() -> None:
    asked = Ticket(0, (Stage(2, Next.ASK_CUSTOMER, 2), Stage(5)), live=True)
    assert work([asked, chat(3, 9)], concurrency=(2,)) == [(0, 0, 0, 2), (0, 0, 12, 17), (1, 0, 3, 12)]


def test_chats_are_finished_after_the_shift_and_deferrable_work_beside_them_is_set_aside() -> None:
    tickets = [chat(0, 10), one(0, 10), chat(1, 10)]
    agents = [Agent(on=((0, 4, True), (30, 60, False)))]
    # At 4 the mail has done 1 alone with a chat (half speed for two), and less than a third of 3 more beside two.
    pace = ((1_000_000, 500_000, 250_000),)
    found = work(tickets, agents, concurrency=(3,), blending=True, pace_ppm=pace)
    # 0.5 + 0.75 done by 4. Then the two chats: 8.75 and 9.25 left at half speed, the second alone at the end.
    assert found == [(0, 0, 0, 21.5), (1, 0, 0, 4), (1, 0, 30, 38.75), (2, 0, 1, 22)]


def test_grace_counts_the_time_that_the_rest_takes_at_the_pace_of_the_moment() -> None:
    tickets = [chat(0, 10), one(0, 5)]
    agents = [Agent(on=((0, 4, True), (30, 60, False)))]
    rules = {"concurrency": (2,), "blending": True, "pace_ppm": HALVED}
    # 3 minutes of work are left at 4, and they take 6.
    assert work(tickets, agents, grace=5, **rules)[1:] == [(1, 0, 0, 4), (1, 0, 30, 33)]
    assert work(tickets, agents, grace=6, **rules)[1:] == [(1, 0, 0, 10)]
