"""Whether bands stand side by side, without gap or overlap."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from usage.scoring.edition import Band

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


def repeated(codes: Iterable[str]) -> list[str]:
    return [code for code, count in Counter(codes).items() if count > 1]


def band_row_faults(bands: Sequence[Band]) -> Iterator[str]:
    """Bands that overlap, leave a gap or hold nothing; none is no fault."""
    if not bands:
        return
    yield from (f"{color} stands twice" for color in repeated(band.color for band in bands))
    yield from (f"{band.color} holds nothing" for band in bands if is_empty(band))
    ordered = sorted((band for band in bands if not is_empty(band)), key=_position)
    if not ordered:
        return
    if ordered[0].lower is not None:
        yield f"no band below {ordered[0].lower:g}"
    furthest = ordered[0]
    for band in ordered[1:]:
        yield from _joint(furthest, band)
        furthest = max(furthest, band, key=_end)
    if furthest.upper is not None:
        yield f"no band above {furthest.upper:g}"


def _position(band: Band) -> tuple[float, float]:
    """By lower, then upper bound: a band of one value comes before the one that begins there."""
    low = -math.inf if band.lower is None else band.lower
    return low, math.inf if band.upper is None else band.upper


def _end(band: Band) -> tuple[float, bool]:
    return (math.inf if band.upper is None else band.upper), band.upper_closed


def is_empty(band: Band) -> bool:
    """Whether no number lies between its bounds."""
    if band.lower is None or band.upper is None or band.lower < band.upper:
        return False
    return band.lower > band.upper or not (band.lower_closed and band.upper_closed)


def _joint(low: Band, high: Band) -> Iterator[str]:
    names = f"{low.color} and {high.color}"
    if low.upper is None or high.lower is None or low.upper > high.lower:
        yield f"{names} overlap"
    elif low.upper < high.lower:
        yield f"a gap between {names}: {low.upper:g} to {high.lower:g}"
    elif low.upper_closed and high.lower_closed:
        yield f"{names} both hold {low.upper:g}"
    elif not (low.upper_closed or high.lower_closed):
        yield f"neither of {names} holds {low.upper:g}"
