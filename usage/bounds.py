"""Thresholds in words, in the unit of their measure. Pure."""

from __future__ import annotations

from accounts import formats
from usage.scoring.edition import Band, Edition, Measure


def measure_bounds(measure: Measure, age: int) -> str:
    """The Green and Red bounds at an account's age, as the measure is shown: Green > 75 %."""
    bands = {band.color: band for band in measure.bands_at(age)}
    shown = [bands[color] for color in ("Green", "Red") if color in bands]
    return " · ".join(_band_text(band, measure) for band in shown)


def _band_text(band: Band, measure: Measure) -> str:
    def text(bound: float) -> str:
        return formats.value_text(bound, is_share=measure.is_share)

    sides = []
    if band.lower is not None:
        sides.append(f"{'≥' if band.lower_closed else '>'} {text(band.lower)}")
    if band.upper is not None:
        sides.append(f"{'≤' if band.upper_closed else '<'} {text(band.upper)}")
    return formats.band_text(band.color, sides)


def score_bounds(edition: Edition) -> str:
    green = formats.band_text("Green", [f"> {edition.yellow_up_to:g}"])
    return f"{green} · {formats.band_text('Red', [f'≤ {edition.red_up_to:g}'])}"
