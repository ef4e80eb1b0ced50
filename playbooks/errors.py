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


class CommentNeeded(DomainError):
    """The action must say why: others will read it later."""

    def __init__(self, action: str) -> None:
        super().__init__(f"Say in a few words why, to {action}.")
        self.action = action


class TaskChanged(DomainError):
    """Someone else was faster with a task."""

    def __init__(self, task_id: int, state: str) -> None:
        super().__init__(f"Someone was faster: this task is already {state}.")
        self.task_id = task_id
        self.state = state


class LiveCTAExists(DomainError):
    """A CTA was to be reopened while a newer one for the same thing is live."""

    def __init__(self, cta_id: int | None) -> None:
        super().__init__("A newer call to action for the same thing is open: work on that one.")
        self.cta_id = cta_id


class OwnerCannotWork(DomainError):
    """A CTA was to be given to somebody who may not work on it or does not see its account."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"{owner} may not work on calls to action of this account.")
        self.owner = owner


class PlaybookAlreadyApplied(DomainError):
    def __init__(self) -> None:
        super().__init__("This call to action has its playbook already.")


class CatalogueInvalid(DomainError):
    """Files of the playbook catalogue break a rule; `faults` holds one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The playbook catalogue is not valid: " + "; ".join(faults))
        self.faults = faults


class DemoNeedsDebug(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "The demo's passwords are known to everybody: it is built with DEBUG=1 only."
        )


class DemoNotAlone(DomainError):
    """The demo was to be built beside accounts of somebody else."""

    def __init__(self) -> None:
        super().__init__("There are other accounts here: the demo needs a database of its own.")


class VersionIsPublished(DomainError):
    def __init__(self, version: str) -> None:
        super().__init__(f"{version} is published and stays as it is; make a new version.")
        self.version = version


class VersionHasNoSteps(DomainError):
    def __init__(self, version: str) -> None:
        super().__init__(f"{version} has no steps: a CTA made from it would have nothing to do.")
        self.version = version
