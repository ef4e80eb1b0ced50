from __future__ import annotations

from accounts.models.commercial import Delivery, License, Plan, Subscription
from accounts.models.customers import Account, Contact
from accounts.models.jobs import Job
from accounts.models.operation import Heartbeat
from accounts.models.people import ApiToken, Team, User

__all__ = [
    "Account",
    "ApiToken",
    "Contact",
    "Delivery",
    "Heartbeat",
    "Job",
    "License",
    "Plan",
    "Subscription",
    "Team",
    "User",
]
