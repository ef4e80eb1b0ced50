from __future__ import annotations

from playbooks.admin import alerts, calls, playbooks, queue, triggers

__all__ = ["alerts", "calls", "playbooks", "queue", "triggers"]
