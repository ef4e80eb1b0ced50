from __future__ import annotations

from accounts.errors import DomainError


class CTAChanged(DomainError):
    """Someone else was faster: the CTA is no longer in the state the action needs."""

    def __init__(self, cta_id: int, state: str) -> None:
        super().__init__(f"Someone was faster: this call to action is now “{state}”.")
        self.cta_id = cta_id
        self.state = state


class StatusNotAllowed(DomainError):
    """A CTA was to be closed with a status that its type does not have."""

    def __init__(self, status: str, cta_type: str) -> None:
        super().__init__(f"“{status}” does not close a call to action of type “{cta_type}”.")
        self.status = status


class RequiredTasksOpen(DomainError):
    """A CTA was to be closed as a success while required tasks are open."""

    def __init__(self, count: int) -> None:
        tasks = "1 required task is" if count == 1 else f"{count} required tasks are"
        super().__init__(f"{tasks} still open: finish them first, or close with another status.")
        self.count = count


class SnoozeNotInFuture(DomainError):
    def __init__(self) -> None:
        super().__init__("Snooze until a day after today.")
