from __future__ import annotations

from accounts.admin import (
    adoption,
    audit,
    jobs,
    life_cycle,
    people,
    plans,
    privacy,
    records,
    timeline,
    voice,
)

__all__ = [
    "adoption",
    "audit",
    "jobs",
    "life_cycle",
    "people",
    "plans",
    "privacy",
    "records",
    "timeline",
    "voice",
]
