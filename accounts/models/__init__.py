from __future__ import annotations

from accounts.models.audit import AuditEntry
from accounts.models.commercial import Delivery, License, Plan, Subscription
from accounts.models.customers import Account, Contact
from accounts.models.jobs import Job
from accounts.models.operation import Heartbeat
from accounts.models.people import ApiToken, Team, User
from accounts.models.privacy import (
    Consent,
    ErasedKey,
    Erasure,
    RetainedContract,
    RetentionRule,
)
from accounts.models.requests import IdempotencyKey

__all__ = [
    "Account",
    "ApiToken",
    "AuditEntry",
    "Consent",
    "Contact",
    "Delivery",
    "ErasedKey",
    "Erasure",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "License",
    "Plan",
    "RetainedContract",
    "RetentionRule",
    "Subscription",
    "Team",
    "User",
]
