"""The generator's statistical battery: whatever kind of identity asks, the answers look independent and uniform."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2, kstest, norm

from supportsim.workload.streams import Streams, hash64

COUNT = 100_000
LEAST_P = 1e-4
WORD = (1 << 64) - 1
HOUR_MS = 3_600_000

# The shapes that identities really have.
IDENTITIES = {
    "consecutive": np.arange(COUNT, dtype=np.uint64),
    "hours since 1970": np.uint64(1_767_000_000_000) + np.arange(COUNT, dtype=np.uint64) * np.uint64(HOUR_MS),
    "person and date": np.repeat(np.arange(250, dtype=np.uint64) << np.uint64(32), 400)
    | np.tile(np.arange(739_000, 739_400, dtype=np.uint64), 250),
    "contact keys": hash64("contact", np.arange(COUNT)),
    "high bits only": np.arange(COUNT, dtype=np.uint64) << np.uint64(44),
}
STREAMS = Streams(seed=1, replication=0)


def draws(how: str) -> NDArray[np.float64]:
    """Return COUNT uniforms that differ in ``how`` only."""
    if how in IDENTITIES:
        return STREAMS.uniform("battery", IDENTITIES[how])
    if how == "index":
        return STREAMS.uniform("battery", np.full(COUNT, 12345), np.arange(COUNT))
    few = np.arange(100)
    if how == "replication":
        return np.concatenate([Streams(1, number).uniform("battery", few) for number in range(COUNT // 100)])
    if how == "seed":
        return np.concatenate([Streams(number, 0).uniform("battery", few) for number in range(COUNT // 100)])
    return np.concatenate([STREAMS.uniform(f"name {number}", few) for number in range(COUNT // 100)])


HOWS = [*IDENTITIES, "index", "replication", "seed", "name"]


def cells_p(columns: list[NDArray[np.float64]], cuts: int) -> float:
    """Return the chi-square p-value that points fill the cells of a grid evenly."""
    cell = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        cell = cell * cuts + (column * cuts).astype(np.int64)
    cells = cuts ** len(columns)
    seen = np.bincount(cell, minlength=cells)
    expected = len(cell) / cells
    return float(chi2.sf(((seen - expected) ** 2 / expected).sum(), cells - 1))


def correlation_p(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(2 * norm.sf(abs(np.corrcoef(a, b)[0, 1]) * np.sqrt(len(a))))


@pytest.mark.parametrize("how", HOWS)
def test_uniform_in_the_open_interval(how: str) -> None:
    uniform = draws(how)
    assert 0 < uniform.min() < uniform.max() < 1
    assert kstest(uniform, "uniform").pvalue > LEAST_P
    # Finer than Kolmogorov-Smirnov sees: 1000 cells, and what follows the first ten binary digits.
    assert cells_p([uniform], 1000) > LEAST_P
    assert cells_p([uniform * 1024 % 1], 1000) > LEAST_P


@pytest.mark.parametrize("how", HOWS)
def test_neighbours_are_unrelated(how: str) -> None:
    uniform = draws(how)
    for lag in (1, 2, 7, 24, 168, 400):
        assert correlation_p(uniform[:-lag], uniform[lag:]) > LEAST_P, lag
    assert cells_p([uniform[::2], uniform[1::2]], 50) > LEAST_P
    triple = uniform[: COUNT // 3 * 3].reshape(-1, 3)
    assert cells_p([triple[:, 0], triple[:, 1], triple[:, 2]], 12) > LEAST_P


@pytest.mark.parametrize("kind", IDENTITIES)
def test_streams_are_unrelated(kind: str) -> None:
    identity = IDENTITIES[kind]
    one = STREAMS.uniform("handle", identity)
    others = {
        "name": STREAMS.uniform("handle2", identity),
        "index": STREAMS.uniform("handle", identity, 1),
        "replication": Streams(1, 1).uniform("handle", identity),
        "seed": Streams(2, 0).uniform("handle", identity),
        "identity": STREAMS.uniform("handle", identity + np.uint64(1)),
    }
    for what, other in others.items():
        assert correlation_p(one, other) > LEAST_P, what
        assert cells_p([one, other], 50) > LEAST_P, what
        assert cells_p([(one + other) % 1], 1000) > LEAST_P, what
        assert not (one == other).any(), what


@pytest.mark.parametrize("kind", IDENTITIES)
def test_every_bit_is_fair(kind: str) -> None:
    words = hash64("bits", IDENTITIES[kind])
    ones = np.array([((words >> np.uint64(bit)) & np.uint64(1)).sum() for bit in range(64)])
    z = (ones - COUNT / 2) / np.sqrt(COUNT / 4)
    assert chi2.sf((z**2).sum(), 64) > LEAST_P
    for byte in range(8):
        value = (words >> np.uint64(8 * byte)) & np.uint64(255)
        assert cells_p([value / 256], 256) > LEAST_P, byte


def test_a_changed_input_bit_changes_half_of_the_output() -> None:
    identity = hash64("inputs", np.arange(2000))
    before = hash64("avalanche", identity)
    flipped = np.zeros((64, 64))
    for bit in range(64):
        change = before ^ hash64("avalanche", identity ^ np.uint64(1 << bit))
        flipped[bit] = [((change >> np.uint64(out)) & np.uint64(1)).mean() for out in range(64)]
    # 4096 shares of 2000 fair coins each: a deviation of 5.5 standard errors is never seen.
    assert np.abs(flipped - 0.5).max() < 5.5 * np.sqrt(0.25 / 2000)


def test_no_two_of_a_million_are_the_same() -> None:
    words = hash64("distinct", np.arange(1_000_000))
    assert len(np.unique(words)) == 1_000_000


def mix(word: int) -> int:
    word ^= word >> 30
    word = word * 0xBF58476D1CE4E5B9 & WORD
    word ^= word >> 27
    word = word * 0x94D049BB133111EB & WORD
    return word ^ word >> 31


def test_mixing_is_that_of_splitmix64() -> None:
    # The generator's published first outputs for seed 0.
    golden = 0x9E3779B97F4A7C15
    assert [mix(golden * n & WORD) for n in (1, 2, 3)] == [
        0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F
    ]  # fmt: skip
    digest = blake2b(b"3/4/work", digest_size=16).digest()
    key0, key1 = (int.from_bytes(half, "little") for half in (digest[:8], digest[8:]))
    for identity, index in ((0, 0), (5, 0), (WORD, 3), (1 << 63, 200)):
        word = mix(mix((identity + key0) & WORD) ^ ((key1 + index * golden) & WORD))
        assert hash64("3/4/work", np.array([identity], dtype=np.uint64), index).tolist() == [word]
        assert hash64("3/4/work", np.array([identity], dtype=np.uint64), np.array([index])).tolist() == [word]
        uniform = Streams(3, 4).uniform("work", np.array([identity], dtype=np.uint64), index)
        assert uniform.tolist() == [((word >> 12) + 0.5) / 2**52]


def test_a_draw_depends_on_nobody_else() -> None:
    identity = IDENTITIES["contact keys"][:50]
    together = STREAMS.uniform("handle", identity, 2)
    alone = [STREAMS.uniform("handle", identity[i : i + 1], 2)[0] for i in range(50)]
    assert together.tolist() == alone
    assert STREAMS.uniform("handle", identity[::-1], 2)[::-1].tolist() == alone
