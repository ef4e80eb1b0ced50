"""What each part adds to a whole, in hundredths that sum to it exactly: the largest remainders round up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

STEP = Decimal("0.01")
NOISE = Decimal("0.000001")  # floats are compared no finer than this anywhere


def rounded(score: float) -> Decimal:
    """A score in hundredths."""
    return Decimal(repr(score)).quantize(STEP, ROUND_HALF_EVEN)


def apportion(total: Decimal, parts: Sequence[float | None]) -> list[Decimal | None]:
    """The parts in hundredths that sum to `total` exactly; None stays None.

    Each differs from the part as it was by less than a hundredth, as long as the parts sum to the total.
    """
    exact = [None if part is None else Decimal(repr(part)).quantize(NOISE) for part in parts]
    known = [number for number, part in enumerate(exact) if part is not None]
    floors = {number: _floor(exact[number]) for number in known}
    missing = int((total - sum(floors.values(), Decimal(0))) / STEP)
    by_remainder = sorted(known, key=lambda number: (floors[number] - (exact[number] or 0), number))
    step, order = (STEP, by_remainder) if missing >= 0 else (-STEP, by_remainder[::-1])
    for number in order[: abs(missing)]:
        floors[number] += step
    return [floors.get(number) for number in range(len(parts))]


def _floor(part: Decimal | None) -> Decimal:
    return (part or Decimal(0)).quantize(STEP, ROUND_FLOOR)
