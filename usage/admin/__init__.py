from __future__ import annotations

from usage.admin import (
    backtests,
    customers,
    editions,
    instances,
    metrics,
    payloads,
    scorecards,
    scores,
)

__all__ = [
    "backtests",
    "customers",
    "editions",
    "instances",
    "metrics",
    "payloads",
    "scorecards",
    "scores",
]
