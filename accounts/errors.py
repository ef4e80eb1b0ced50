from __future__ import annotations


class DomainError(Exception):
    """Root of what can go wrong in words a person understands; interfaces catch this one."""


class RoleForbids(DomainError):
    """The person's role does not allow the action."""

    def __init__(self, action: str) -> None:
        super().__init__(f"Your role does not allow you to {action}.")
        self.action = action
