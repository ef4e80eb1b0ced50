from __future__ import annotations

from datetime import datetime

from accounts.errors import DomainError
from accounts.words import gettext, ngettext


class CTAChanged(DomainError):
    """Someone else was faster: the CTA is no longer in the state the action needs."""

    def __init__(self, cta_id: int, state: str) -> None:
        super().__init__(
            gettext("Someone was faster: this call to action is now “%(state)s”.")
            % {"state": state}
        )
        self.cta_id = cta_id
        self.state = state


class StatusNotAllowed(DomainError):
    """A CTA was to be closed with a status that its type does not have."""

    def __init__(self, status: str, cta_type: str) -> None:
        super().__init__(
            gettext("“%(status)s” does not close a call to action of type “%(cta_type)s”.")
            % {"status": status, "cta_type": cta_type}
        )
        self.status = status


class RequiredTasksOpen(DomainError):
    """A CTA was to be closed as a success while required tasks are open."""

    def __init__(self, count: int) -> None:
        text = ngettext(
            "%(count)s required task is still open: finish it first, or close with another status.",
            "%(count)s required tasks are still open: finish them first, or close with another status.",
            count,
        )
        super().__init__(text % {"count": count})
        self.count = count


class SnoozeNotInFuture(DomainError):
    def __init__(self) -> None:
        super().__init__(gettext("That day is over: snooze to the end of today or of a later day."))


class TooFarAway(DomainError):
    """A CTA was to sleep for longer, or to be moved further, than anybody works on it."""

    def __init__(self) -> None:
        super().__init__(gettext("That day is too far away."))


class CommentNeeded(DomainError):
    """The action must say why: others will read it later."""

    def __init__(self, action: str) -> None:
        super().__init__(gettext("Say in a few words why, to %(action)s.") % {"action": action})
        self.action = action


class TaskChanged(DomainError):
    """Someone else was faster with a task."""

    def __init__(self, task_id: int, state: str) -> None:
        super().__init__(
            gettext("Someone was faster: this task is already %(state)s.") % {"state": state}
        )
        self.task_id = task_id
        self.state = state


class LiveCTAExists(DomainError):
    """A CTA was to be reopened while a newer one for the same thing is live."""

    def __init__(self, cta_id: int | None) -> None:
        super().__init__(
            gettext("A newer call to action for the same thing is open: work on that one.")
        )
        self.cta_id = cta_id


class OwnerCannotWork(DomainError):
    """A CTA was to be given to somebody who may not work on it or does not see its account."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            gettext("%(owner)s may not work on calls to action of this account.") % {"owner": owner}
        )
        self.owner = owner


class NotARisk(DomainError):
    """Impact and reason of a risk were to be given to a CTA of another type."""

    def __init__(self, cta_type: str) -> None:
        super().__init__(
            gettext("Only a risk has an impact and a reason: this is of type “%(cta_type)s”.")
            % {"cta_type": cta_type}
        )
        self.cta_type = cta_type


class DueThen(DomainError):
    """A CTA was to be moved to the day on which it is due already."""

    def __init__(self) -> None:
        super().__init__(gettext("It is due on that day already."))


class MoveOutdated(DomainError):
    """A move of a due date was to be taken back after a date or a task of it changed again."""

    def __init__(self) -> None:
        super().__init__(gettext("Its dates or tasks have changed since: move it again instead."))


class LinkInvalid(DomainError):
    """A CTA was to be linked with nothing, with several things, or with what may not be."""


class PlaybookAlreadyApplied(DomainError):
    def __init__(self) -> None:
        super().__init__(gettext("This call to action has its playbook already."))


class CatalogueInvalid(DomainError):
    """Files of the playbook catalogue break a rule; `faults` holds one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            gettext("The playbook catalogue is not valid: %(faults)s")
            % {"faults": "; ".join(faults)}
        )
        self.faults = faults


class DemoNeedsDebug(DomainError):
    def __init__(self) -> None:
        super().__init__(
            gettext("The demo's passwords are known to everybody: it is built with DEBUG=1 only.")
        )


class DemoNotAlone(DomainError):
    """The demo was to be built beside accounts of somebody else."""

    def __init__(self) -> None:
        super().__init__(
            gettext("There are other accounts here: the demo needs a database of its own.")
        )


class VersionIsPublished(DomainError):
    def __init__(self, version: str) -> None:
        super().__init__(
            gettext("%(version)s is published and stays as it is; make a new version.")
            % {"version": version}
        )
        self.version = version


class VersionHasNoSteps(DomainError):
    def __init__(self, version: str) -> None:
        super().__init__(
            gettext("%(version)s has no steps: a CTA made from it would have nothing to do.")
            % {"version": version}
        )
        self.version = version


class TooManyAtOnce(DomainError):
    """A bulk action was to be done with more than one run takes."""

    def __init__(self, most: int) -> None:
        super().__init__(
            gettext("At most %(most)s at once: narrow the filter.") % {"most": f"{most:,}"}
        )
        self.most = most


class SavedViewUnnamed(DomainError):
    def __init__(self) -> None:
        super().__init__(gettext("Give the view a name."))


class TooManySavedViews(DomainError):
    def __init__(self, most: int) -> None:
        super().__init__(
            gettext("%(most)s views are kept for each person: take one away first.")
            % {"most": most}
        )
        self.most = most


class QuietHoursIncomplete(DomainError):
    def __init__(self) -> None:
        super().__init__(gettext("Quiet hours need both a beginning and an end, or neither."))


class DeliveryNotDead(DomainError):
    """Only what was given up can be sent again."""

    def __init__(self, delivery_id: int) -> None:
        super().__init__(gettext("This message was not given up: there is nothing to send again."))
        self.delivery_id = delivery_id


class DeliveryFailed(DomainError):
    """A message could not be handed over; `is_final`: another attempt would fare the same.

    `not_before`: when the receiver asked to be tried again, where it did.
    """

    def __init__(
        self, reason: str, *, is_final: bool = False, not_before: datetime | None = None
    ) -> None:
        super().__init__(reason)
        self.is_final = is_final
        self.not_before = not_before


class TooManyEndpoints(DomainError):
    def __init__(self, most: int) -> None:
        super().__init__(
            gettext("A person has at most %(most)s addresses of their own. Remove one first.")
            % {"most": most}
        )
        self.most = most


class DraftInTheWay(DomainError):
    """A playbook was to get a new version while somebody works on a draft of it."""

    def __init__(self, version: str) -> None:
        super().__init__(
            gettext("%(version)s is a draft that somebody works on: publish or delete it first.")
            % {"version": version}
        )
        self.version = version


class StepOwnerUnknown(DomainError):
    def __init__(self, email: str) -> None:
        super().__init__(
            gettext("There is no user %(email)s, who is to get a step of a playbook.")
            % {"email": email}
        )
        self.email = email


class ConfigurationInvalid(DomainError):
    """Files of the configuration break a rule; `faults` holds one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            gettext("The configuration cannot be read:") + "\n  " + "\n  ".join(faults)
        )
        self.faults = faults


class ConfigurationRefused(DomainError):
    """Files of the configuration cannot be applied to what is stored; nothing was changed."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(gettext("Nothing was applied:") + "\n  " + "\n  ".join(reasons))
        self.reasons = reasons


class ExportWouldOverwrite(DomainError):
    """An export was about to overwrite files that say what is stored nowhere."""

    def __init__(self, files: list[str]) -> None:
        listed = ", ".join(files)
        super().__init__(
            gettext(
                "Not applied yet, and not to be lost: %(listed)s. Apply them, export into another folder, or overwrite them with --force."
            )
            % {"listed": listed}
        )
        self.files = files


class WhatIfNotReady(DomainError):
    """So much is worked out by a job first."""

    def __init__(self) -> None:
        super().__init__(
            gettext("This has to be worked out first: send a POST to the same address.")
        )
