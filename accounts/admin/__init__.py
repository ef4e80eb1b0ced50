from __future__ import annotations

from accounts.admin import audit, jobs, people, privacy, records

__all__ = ["audit", "jobs", "people", "privacy", "records"]
