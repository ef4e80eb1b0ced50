from __future__ import annotations

from usage.models.editions import (
    Band,
    Color,
    Edition,
    MaturityLevel,
    Measure,
    UseCase,
    Weight,
)
from usage.models.instances import Instance, LabelRule
from usage.models.metrics import MetricDefinition
from usage.models.payloads import RawPayload, RejectedRow, Snapshot
from usage.models.scores import ScoreCard, Transition

__all__ = [
    "Band",
    "Color",
    "Edition",
    "Instance",
    "LabelRule",
    "MaturityLevel",
    "Measure",
    "MetricDefinition",
    "RawPayload",
    "RejectedRow",
    "ScoreCard",
    "Snapshot",
    "Transition",
    "UseCase",
    "Weight",
]
