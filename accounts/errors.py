from __future__ import annotations

from datetime import date

from accounts.words import gettext


class DomainError(Exception):
    """Root of what can go wrong in words a person understands; interfaces catch this one."""


class RoleForbids(DomainError):
    """The person's role does not allow the action."""

    def __init__(self, action: str) -> None:
        super().__init__(
            gettext("Your role does not allow you to %(action)s.") % {"action": gettext(action)}
        )
        self.action = action


class SignInRefused(DomainError):
    """An identity provider's word is not enough to let somebody in."""


class JobKindUnknown(DomainError):
    def __init__(self, kind: str) -> None:
        super().__init__(
            gettext("There is no background job of the kind %(kind)s.") % {"kind": repr(kind)}
        )
        self.kind = kind


class JobLost(DomainError):
    """The worker no longer holds the job: it was given to another one, or has ended."""

    def __init__(self, job_id: int) -> None:
        super().__init__(gettext("Job %(job_id)s is no longer this worker's.") % {"job_id": job_id})
        self.job_id = job_id


class JobInterrupted(DomainError):
    """The process stops; the job goes back to the queue."""

    def __init__(self, job_id: int) -> None:
        super().__init__(gettext("Interrupted: the worker was stopped."))
        self.job_id = job_id


class PartFailed(DomainError):
    """A job cannot end well where one of its parts did not."""

    def __init__(self, job_id: int, error: str) -> None:
        super().__init__(
            gettext("Its part, job %(job_id)s, failed: %(error)s")
            % {"job_id": job_id, "error": error}
        )
        self.job_id = job_id


class JobNotFailed(DomainError):
    """Only a failed job can be retried."""

    def __init__(self, job_id: int) -> None:
        super().__init__(
            gettext("Job %(job_id)s has not failed: there is nothing to retry.")
            % {"job_id": job_id}
        )
        self.job_id = job_id


class RowRejected(DomainError):
    """A row of data cannot be taken in: its field (empty: the row as such) and why, in words."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}".strip())
        self.field = field
        self.reason = reason


class FileUnusable(DomainError):
    """A file cannot be read, or not to its end."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class UserInactive(DomainError):
    def __init__(self, email: str) -> None:
        super().__init__(
            gettext("%(email)s is not active: nobody signs in as them.") % {"email": email}
        )
        self.email = email


class ScopeUnknown(DomainError):
    """A token was to have scopes that there are not, or none at all."""

    def __init__(self, unknown: list[str], known: list[str]) -> None:
        fault = (
            gettext("There is no scope %(scopes)s.") % {"scopes": ", ".join(unknown)}
            if unknown
            else gettext("A token needs a scope.")
        )
        super().__init__(
            gettext("%(fault)s Scopes are %(scopes)s.")
            % {"fault": fault, "scopes": ", ".join(known)}
        )
        self.unknown = unknown


class ScopeNotAllowed(DomainError):
    """A token was to have a scope that its user's role does not have."""

    def __init__(self, scope: str, role: str) -> None:
        super().__init__(
            gettext("The role %(role)s has no %(scope)s: a token cannot have it either.")
            % {"role": role, "scope": scope}
        )
        self.scope = scope
        self.role = role


class LifetimeNotAllowed(DomainError):
    """A token was to live for no time at all, or for too long."""

    def __init__(self, days: int, most: int) -> None:
        super().__init__(
            gettext("A token lives at least 1 and at most %(most)s days, not %(days)s.")
            % {"most": most, "days": days}
        )
        self.days = days
        self.most = most


class AuditTooYoung(DomainError):
    """Entries of the audit log were to be purged that are kept for longer."""

    def __init__(self, days: int) -> None:
        super().__init__(
            gettext("Entries of the audit log are kept for %(days)s days at least.")
            % {"days": days}
        )
        self.days = days


class KeyReused(DomainError):
    """An idempotency key names another call already."""

    def __init__(self, key: str) -> None:
        super().__init__(
            gettext(
                "This Idempotency-Key belongs to another call: to another path, or with another body."
            )
        )
        self.key = key


class AddressRefused(DomainError):
    """An outside address was to be called that must not be."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address[:200]} {reason}.")
        self.address = address
        self.reason = reason


class CallFailed(DomainError):
    """A call to an outside address came to nothing; another attempt may succeed."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(
            gettext("%(host)s cannot be called: %(reason)s.") % {"host": host, "reason": reason}
        )
        self.host = host
        self.reason = reason


class ConsentComesWithContract(DomainError):
    """Somebody wants to withdraw data that a contract cannot do without."""

    def __init__(self, category: str) -> None:
        super().__init__(
            gettext(
                "%(category)s data comes with the contract and ends with it: only the consent to optional data can be withdrawn."
            )
            % {"category": category.capitalize()}
        )
        self.category = category


class RetentionKindUnknown(DomainError):
    """Nothing is kept, or erased, under that name."""

    def __init__(self, kind: str, known: list[str]) -> None:
        super().__init__(
            gettext("There is no kind of data %(kind)s. Kinds are %(kinds)s.")
            % {"kind": repr(kind), "kinds": ", ".join(known)}
        )
        self.kind = kind


class BackupRefused(DomainError):
    """A backup could not be made or restored: why, in words; nothing was changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlanChanged(DomainError):
    """A success plan was moved meanwhile, or cannot be moved there from where it is."""

    def __init__(self, plan_id: int) -> None:
        super().__init__(gettext("The success plan was changed meanwhile: look at it again."))
        self.plan_id = plan_id


class SubjectNeeded(DomainError):
    """An entry of a timeline says nothing of what happened."""

    def __init__(self) -> None:
        super().__init__(gettext("An entry needs a subject: what happened, in a few words."))


class AttendeeUnknown(DomainError):
    """One who is said to have taken part is neither a colleague nor a contact of the account."""

    def __init__(self, who: str) -> None:
        super().__init__(
            gettext(
                "%(who)s is neither an active colleague nor a contact of this account: add the contact first."
            )
            % {"who": who}
        )
        self.who = who


class MilestoneInFuture(DomainError):
    """What is said to be reached lies in the future."""

    def __init__(self, on: date) -> None:
        super().__init__(
            gettext("A milestone is a day that has come: choose today or an earlier day.")
        )
        self.on = on


class MilestoneSourceNeeded(DomainError):
    """A date that is told by hand says nothing of how it is known."""

    def __init__(self) -> None:
        super().__init__(gettext("Say how you know: a call, a system, a person."))


class MilestoneNotCleared(DomainError):
    """What is to be brought back is there: it was not cleared, or set anew since."""

    def __init__(self) -> None:
        super().__init__(gettext("It is set by hand: there is nothing to bring back."))


class ActivityChanged(DomainError):
    """Somebody else was faster with an entry of a timeline."""

    def __init__(self, activity_id: int, state: str) -> None:
        super().__init__(gettext("This entry is %(state)s.") % {"state": state})
        self.activity_id = activity_id
        self.state = state
