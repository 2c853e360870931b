"""Named random streams: every uniform is a pure function of who asks for it and for what.

A stream is (seed, replication, name). Its n-th uniform for an identity is

    x = mix(mix(identity + key0) xor (key1 + index * gamma))

where ``key0`` and ``key1`` are the two halves of BLAKE2b("seed/replication/name"), ``gamma``
is the odd 64-bit golden ratio and ``mix`` the finaliser of SplitMix64 (Steele, Lea & Flood,
"Fast splittable pseudorandom number generators", OOPSLA 2014; the constants are Stafford's
variant 13). Nothing is drawn in sequence: what one customer or agent gets depends on no
other, on no order and on no other stream, so plans meet the same customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

_GAMMA = 0x9E3779B97F4A7C15
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
_WORD = (1 << 64) - 1


@lru_cache(maxsize=4096)
def _keys(label: str) -> tuple[int, int]:
    digest = blake2b(label.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finalise ``words`` in place: SplitMix64's mixing, a bijection of 64-bit words."""
    words ^= words >> np.uint64(30)
    words *= _MULTIPLIER_1
    words ^= words >> np.uint64(27)
    words *= _MULTIPLIER_2
    words ^= words >> np.uint64(31)
    return words


def hash64(label: str, identity: ArrayLike, index: ArrayLike | int = 0) -> NDArray[np.uint64]:
    """Return 64 well-mixed bits for each (identity, index) under ``label``.

    Args:
        label: keys the hash; different labels are unrelated.
        identity: (N,) non-negative integers of at most 64 bits.
        index: one small non-negative integer, or (N,) of them.
    """
    key0, key1 = _keys(label)
    words = _mix(np.atleast_1d(np.asarray(identity)).astype(np.uint64) + np.uint64(key0))
    if isinstance(index, int):
        words ^= np.uint64((key1 + index * _GAMMA) & _WORD)
    else:
        words ^= np.atleast_1d(np.asarray(index)).astype(np.uint64) * np.uint64(_GAMMA) + np.uint64(key1)
    return _mix(words)


@dataclass(frozen=True)
class Streams:
    """The streams of one replication."""

    seed: int
    replication: int

    def uniform(self, name: str, identity: ArrayLike, index: ArrayLike | int = 0) -> NDArray[np.float64]:
        """Return uniforms in the open interval (0, 1), float64 (N,), on a grid of 2^-52.

        Args:
            name: what the uniforms are for.
            identity: (N,) who asks: contact keys, dates, cells of time.
            index: which draw of that identity, one integer or (N,).
        """
        words = hash64(f"{self.seed}/{self.replication}/{name}", identity, index)
        return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
