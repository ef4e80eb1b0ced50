"""Bands of one range of account ages as a person sets them: two thresholds, or bands one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from accounts import formats
from usage.scoring.bands import band_row_faults
from usage.scoring.edition import COLORS, Band

Ages = tuple[int | None, int | None]
TWO_COLORS = ("Red", "Green")


class Shape(StrEnum):
    """How the colours follow each other, and whether there is Yellow between them."""

    HIGHER = "higher"
    LOWER = "lower"
    HIGHER_TWO = "higher_two"
    LOWER_TWO = "lower_two"
    FREE = "free"


ASCENDING = {
    Shape.HIGHER: COLORS,
    Shape.LOWER: COLORS[::-1],
    Shape.HIGHER_TWO: TWO_COLORS,
    Shape.LOWER_TWO: TWO_COLORS[::-1],
}
"""The colours of a shape from the lowest values to the highest."""


@dataclass(frozen=True)
class Threshold:
    """A bound between two colours; the value on it has the colour above, or the one below."""

    value: float
    is_above: bool


@dataclass(frozen=True)
class AgeRow:
    """What judges accounts of some ages: `thresholds` (ascending) by shape, or free `bands`."""

    age_from: int | None
    age_to: int | None
    shape: Shape
    thresholds: tuple[Threshold, ...] = ()
    free: tuple[Band, ...] = ()

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands that it stands for, from the lowest to the highest."""
        if self.shape is Shape.FREE:
            return self.free
        lows = (None, *self.thresholds)
        highs = (*self.thresholds, None)
        return tuple(
            Band(
                color,
                low.value if low else None,
                low is not None and low.is_above,
                high.value if high else None,
                high is not None and not high.is_above,
                self.age_from,
                self.age_to,
            )
            for color, low, high in zip(ASCENDING[self.shape], lows, highs, strict=True)
        )


def age_rows(bands: Iterable[Band]) -> tuple[AgeRow, ...]:
    """Bands by the ages that they are for, youngest first; in thresholds where these say the same."""
    found: dict[Ages, list[Band]] = {}
    for band in bands:
        found.setdefault((band.age_from, band.age_to), []).append(band)
    return tuple(_row(ages, found[ages]) for ages in sorted(found, key=_first_age))


def _first_age(ages: Ages) -> tuple[int, float]:
    return ages[0] or 0, float("inf") if ages[1] is None else ages[1]


def _row(ages: Ages, bands: list[Band]) -> AgeRow:
    ordered = tuple(sorted(bands, key=_position))
    colors = tuple(band.color for band in ordered)
    shape = next((each for each, known in ASCENDING.items() if known == colors), Shape.FREE)
    if shape is Shape.FREE or any(band_row_faults(ordered)):
        return AgeRow(*ages, Shape.FREE, free=ordered)
    thresholds = tuple(
        Threshold(band.upper, not band.upper_closed) for band in ordered if band.upper is not None
    )
    return AgeRow(*ages, shape, thresholds)


def _position(band: Band) -> tuple[float, float]:
    low = float("-inf") if band.lower is None else band.lower
    return low, float("inf") if band.upper is None else band.upper


def age_words(age_from: int | None, age_to: int | None) -> str:
    """Which accounts: all ages, 3 to 6 months, 10 months and more."""
    if not age_from and age_to is None:
        return "all ages"
    if age_to is None:
        return f"{formats.plural(age_from or 0, 'month')} and more"
    return f"{age_from or 0} to {formats.plural(age_to, 'month')}"


def band_words(band: Band, *, is_share: bool) -> str:
    """Both bounds with their kind: > 0.1 to ≤ 0.33."""
    return " to ".join(_sides(band, is_share=is_share)) or "any value"


def _sides(band: Band, *, is_share: bool) -> Iterator[str]:
    if band.lower is not None:
        yield f"{'≥' if band.lower_closed else '>'} {_text(band.lower, is_share=is_share)}"
    if band.upper is not None:
        yield f"{'≤' if band.upper_closed else '<'} {_text(band.upper, is_share=is_share)}"


def _text(bound: float, *, is_share: bool) -> str:
    """As exact as it was set: two bounds never look the same."""
    if is_share:
        return f"{formats.minus(f'{bound * 100:.10g}')}{formats.NBSP}%"
    return formats.minus(f"{bound:.10g}")
