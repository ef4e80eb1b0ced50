from __future__ import annotations

from usage.models.backtests import Backtest
from usage.models.drifts import CardDrift
from usage.models.editions import (
    Band,
    Color,
    Edition,
    MaturityLevel,
    Measure,
    Publication,
    UseCase,
    Weight,
)
from usage.models.frames import KeptFrame
from usage.models.instances import Instance, LabelRule
from usage.models.metric_breaks import MetricBreak, MetricVersion
from usage.models.metrics import MetricDefinition
from usage.models.payloads import RawPayload, RejectedRow, Snapshot
from usage.models.scorecards import HealthBand, HealthGroup, HealthMeasure
from usage.models.scores import ScoreCard, Transition

__all__ = [
    "Backtest",
    "Band",
    "CardDrift",
    "Color",
    "Edition",
    "HealthBand",
    "HealthGroup",
    "HealthMeasure",
    "Instance",
    "KeptFrame",
    "LabelRule",
    "MaturityLevel",
    "Measure",
    "MetricBreak",
    "MetricDefinition",
    "MetricVersion",
    "Publication",
    "RawPayload",
    "RejectedRow",
    "ScoreCard",
    "Snapshot",
    "Transition",
    "UseCase",
    "Weight",
]
