from __future__ import annotations

from accounts.admin import jobs, people, records

__all__ = ["jobs", "people", "records"]
