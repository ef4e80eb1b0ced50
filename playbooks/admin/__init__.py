from __future__ import annotations

from playbooks.admin import calls, playbooks, triggers

__all__ = ["calls", "playbooks", "triggers"]
