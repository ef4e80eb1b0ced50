from __future__ import annotations

from accounts.models.adoption import AdoptionGoal, NonAdoption
from accounts.models.audit import AuditEntry
from accounts.models.commercial import Delivery, License, Plan, Subscription
from accounts.models.customers import Account, Contact
from accounts.models.jobs import Job
from accounts.models.life_cycle import BoughtUseCase, Milestone, MilestoneRule
from accounts.models.operation import Heartbeat
from accounts.models.outcomes import Outcome
from accounts.models.people import ApiToken, Team, User
from accounts.models.plans import Objective, SuccessPlan
from accounts.models.privacy import (
    Consent,
    ErasedKey,
    Erasure,
    RetainedContract,
    RetentionRule,
)
from accounts.models.requests import IdempotencyKey
from accounts.models.timeline import ActivityTemplate, Attendance, Mention, TimelineActivity
from accounts.models.voice import ManualMeasure, SupportCase, SurveyResponse

__all__ = [
    "Account",
    "ActivityTemplate",
    "AdoptionGoal",
    "ApiToken",
    "Attendance",
    "AuditEntry",
    "BoughtUseCase",
    "Consent",
    "Contact",
    "Delivery",
    "ErasedKey",
    "Erasure",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "License",
    "ManualMeasure",
    "Mention",
    "Milestone",
    "MilestoneRule",
    "NonAdoption",
    "Objective",
    "Outcome",
    "Plan",
    "RetainedContract",
    "RetentionRule",
    "Subscription",
    "SuccessPlan",
    "SupportCase",
    "SurveyResponse",
    "Team",
    "TimelineActivity",
    "User",
]
