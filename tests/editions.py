"""Editions made in memory: entirely other use cases than the shipped ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from usage.scoring.edition import (
    Band,
    Composite,
    Edition,
    Level,
    Measure,
    Term,
    UseCase,
)

LEVELS = (
    Level("minimum", 37.5),
    Level("basic", 63),
    Level("intermediate", 75.5),
    Level("top", None),
)


def bands(low: float, high: float, **ages: int | None) -> tuple[Band, ...]:
    """Red up to `low`, Green above `high`."""
    return (
        Band("Red", None, False, low, True, **ages),  # noqa: FBT003 - the order of a bound's parts
        Band("Yellow", low, False, high, True, **ages),  # noqa: FBT003
        Band("Green", high, False, None, False, **ages),  # noqa: FBT003
    )


def measure(
    code: str = "rate",
    top: Sequence[str] = ("cups",),
    bottom: Sequence[str] = ("guests",),
    **fields: Any,
) -> Measure:
    values: dict[str, Any] = {
        "name": code.capitalize(),
        "unit": "per guest",
        "is_share": False,
        "weight": 1.0,
        "numerator": Term("sum", tuple(top)),
        "denominator": Term("sum", tuple(bottom)) if bottom else None,
        "zero_denominator_is_na": False,
        "bands": bands(1, 2),
    }
    return Measure(code=code, **values | fields)


def use_case(code: str = "brewing", *measures: Measure, **fields: Any) -> UseCase:
    values: dict[str, Any] = {
        "name": code.capitalize(),
        "counts_as_use_case": True,
        "roll_up": "value",
        "plans": (),
        "deployments": (),
    }
    return UseCase(code=code, measures=measures or (measure(),), **values | fields)


def edition(*use_cases: UseCase, **fields: Any) -> Edition:
    parts = use_cases or (use_case(),)
    values: dict[str, Any] = {
        "name": "tea",
        "size_metric": "guests",
        "points": (20.0, 60.0, 90.0),
        "red_up_to": 50,
        "yellow_up_to": 75,
        "platform_adoption_from": 2,
        "stale_after_days": 60,
        "composites": (Composite("comfort", tuple((part.code, 1.0) for part in parts)),),
        "levels": LEVELS,
    }
    return Edition(use_cases=parts, **values | fields)
