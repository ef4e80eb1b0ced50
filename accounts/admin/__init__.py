from __future__ import annotations

from accounts.admin import audit, jobs, people, records

__all__ = ["audit", "jobs", "people", "records"]
