from __future__ import annotations

from playbooks.models.alerts import (
    ALERT_KINDS,
    AlertPreference,
    AlertSchedule,
    AlertWatermark,
    Delivery,
    Digest,
    Endpoint,
    Follow,
    Notification,
)
from playbooks.models.bulk import BulkRow, BulkRun
from playbooks.models.calls import (
    CallToAction,
    CTAEvent,
    CTAType,
    Priority,
    RiskImpact,
    RiskReason,
    Task,
)
from playbooks.models.links import CTALink
from playbooks.models.playbooks import Playbook, PlaybookVersion, Step
from playbooks.models.queue import QueueWeights
from playbooks.models.triggers import Trigger, TriggerRun
from playbooks.models.views import SavedView

__all__ = [
    "ALERT_KINDS",
    "AlertPreference",
    "AlertSchedule",
    "AlertWatermark",
    "BulkRow",
    "BulkRun",
    "CTAEvent",
    "CTALink",
    "CTAType",
    "CallToAction",
    "Delivery",
    "Digest",
    "Endpoint",
    "Follow",
    "Notification",
    "Playbook",
    "PlaybookVersion",
    "Priority",
    "QueueWeights",
    "RiskImpact",
    "RiskReason",
    "SavedView",
    "Step",
    "Task",
    "Trigger",
    "TriggerRun",
]
