from __future__ import annotations

from accounts.models.audit import AuditEntry
from accounts.models.commercial import Delivery, License, Plan, Subscription
from accounts.models.customers import Account, Contact
from accounts.models.jobs import Job
from accounts.models.operation import Heartbeat
from accounts.models.people import ApiToken, Team, User
from accounts.models.requests import IdempotencyKey

__all__ = [
    "Account",
    "ApiToken",
    "AuditEntry",
    "Contact",
    "Delivery",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "License",
    "Plan",
    "Subscription",
    "Team",
    "User",
]
