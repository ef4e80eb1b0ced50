"""What changed, in words: "CI fell from Green to Yellow: 38 builds per billable user, Green is above 40". Pure."""

from __future__ import annotations

from collections.abc import Sequence

from usage.numbers import amount, number
from usage.scoring.edition import Band, Edition, UseCase


def green_bound(bands: Sequence[Band], *, is_share: bool) -> str:
    """Where Green begins or ends: "Green is above 40", "Green is up to 5"; empty without a bound."""
    for band in bands:
        if band.color != "Green":
            continue
        if band.lower is not None:
            start = "from" if band.lower_closed else "above"
            return f"Green is {start} {number(band.lower, is_share=is_share)}"
        if band.upper is not None:
            end = "up to" if band.upper_closed else "below"
            return f"Green is {end} {number(band.upper, is_share=is_share)}"
    return ""


def _nearest_bound(bands: Sequence[Band]) -> float | None:
    green = next((band for band in bands if band.color == "Green"), None)
    if green is None:
        return None
    return green.upper if green.lower is None else green.lower


def drop_title(component: str, from_color: str, to_color: str) -> str:
    return f"{component} fell from {from_color} to {to_color}"


def by_edition(name: str) -> str:
    """Said of a drop or beginning that another edition made, and not usage."""
    return f"caused by the change to edition {name}"


def stood(use_case: UseCase) -> str:
    """Said of a drop that had to stand before it counted."""
    if use_case.hold_months == 1:
        return ""
    return f"it has stood for {use_case.hold_months} known months"


def begin_title(component: str) -> str:
    return f"{component} has begun to be used"


def state(
    use_case: UseCase,
    *,
    score: float | None,
    values: Sequence[float | None],
    age: int,
    edition: Edition,
) -> str:
    """Where a component stands: its one measure against Green's bound, or its score, then its measures."""
    measure = use_case.single_measure
    if measure is not None:
        value = values[0]
        if value is None:
            return ""
        bands = measure.bands_at(age)
        now = amount(
            value, unit=measure.unit, is_share=measure.is_share, unlike=_nearest_bound(bands)
        )
        return ", ".join(filter(None, [now, green_bound(bands, is_share=measure.is_share)]))
    parts = [
        f"{part.name} {number(value, is_share=part.is_share)}"
        for part, value in zip(use_case.measures, values, strict=True)
        if value is not None
    ]
    if score is not None:
        bound = edition.yellow_up_to
        parts.insert(0, f"score {number(score, unlike=bound)}, Green is above {number(bound)}")
    return "; ".join(parts)


def other_bounds(use_case: UseCase, *, age_before: int, age: int) -> str:
    """Said where an account's age brought other bounds, so that a colour fell though a value did not."""
    measure = use_case.single_measure
    if measure is None or measure.bands_at(age_before) == measure.bands_at(age):
        return ""
    return f"other bounds hold at {age} months than at {age_before}"
