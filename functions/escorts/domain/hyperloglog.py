"""HyperLogLog: estimates the number of distinct visitors without storing a list of them.

The hash of a visitor gives one mark: ten bits choose a register, the length of the run of zeros in
the other bits is its rank. Many visitors share a mark, so no visitor can be identified by it; adding
a mark twice changes nothing, and two sets of marks are joined by union. The estimator is Ertl's,
which needs no correction for small or medium numbers ("New cardinality estimation algorithms for
HyperLogLog sketches", 2017). Its standard error is 1.04 / sqrt(1024), about 3.3 percent; far less
below 100.
"""

import math
from collections.abc import Iterable

PRECISION = 10
REGISTERS = 1 << PRECISION
_HASH_BITS = 64 - PRECISION
_RANK_BITS = 6
STANDARD_ERROR = 1.04 / math.sqrt(REGISTERS)


def register_mark(digest: bytes) -> int:
    """Return the mark of the first 64 bits of a uniformly distributed hash."""
    value = int.from_bytes(digest[:8])
    rest = value & ((1 << _HASH_BITS) - 1)
    rank = _HASH_BITS - rest.bit_length() + 1
    return value >> _HASH_BITS << _RANK_BITS | rank


def estimate_cardinality(marks: Iterable[int]) -> int:
    """Return the estimated number of distinct visitors with these marks."""
    ranks = [0] * REGISTERS
    for mark in marks:
        register = mark >> _RANK_BITS
        ranks[register] = max(ranks[register], mark & ((1 << _RANK_BITS) - 1))
    counts = [0] * (_HASH_BITS + 2)
    for rank in ranks:
        counts[rank] += 1
    if counts[0] == REGISTERS:
        return 0
    total = REGISTERS * _tau(1 - counts[_HASH_BITS + 1] / REGISTERS)
    for count in reversed(counts[1 : _HASH_BITS + 1]):
        total = (total + count) / 2
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    return round(REGISTERS * REGISTERS / (2 * math.log(2)) / total)


def _sigma(x: float) -> float:
    """Return the sum of x^(2^k) * 2^(k-1), for the empty registers (Ertl's sigma)."""
    weight, total, before = 1.0, x, -1.0
    while total != before:
        x *= x
        before = total
        total += x * weight
        weight *= 2
    return total


def _tau(x: float) -> float:
    """Return the corresponding sum for the saturated registers (Ertl's tau)."""
    if x in {0.0, 1.0}:
        return 0.0
    weight, total, before = 1.0, 1 - x, -1.0
    while total != before:
        x = math.sqrt(x)
        before = total
        weight /= 2
        total -= (1 - x) ** 2 * weight
    return total / 3
