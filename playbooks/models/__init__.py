from __future__ import annotations

from playbooks.models.calls import CallToAction, CTAEvent, CTAType, Priority, Task
from playbooks.models.playbooks import Playbook, PlaybookVersion, Step
from playbooks.models.triggers import Trigger, TriggerRun

__all__ = [
    "CTAEvent",
    "CTAType",
    "CallToAction",
    "Playbook",
    "PlaybookVersion",
    "Priority",
    "Step",
    "Task",
    "Trigger",
    "TriggerRun",
]
