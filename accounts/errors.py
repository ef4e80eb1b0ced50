from __future__ import annotations


class DomainError(Exception):
    """Root of what can go wrong in words a person understands; interfaces catch this one."""


class RoleForbids(DomainError):
    """The person's role does not allow the action."""

    def __init__(self, action: str) -> None:
        super().__init__(f"Your role does not allow you to {action}.")
        self.action = action


class SignInRefused(DomainError):
    """An identity provider's word is not enough to let somebody in."""


class JobKindUnknown(DomainError):
    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no background job of the kind {kind!r}.")
        self.kind = kind


class JobLost(DomainError):
    """The worker no longer holds the job: it was given to another one, or has ended."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"Job {job_id} is no longer this worker's.")
        self.job_id = job_id


class JobInterrupted(DomainError):
    """The process stops; the job goes back to the queue."""

    def __init__(self, job_id: int) -> None:
        super().__init__("Interrupted: the worker was stopped.")
        self.job_id = job_id


class PartFailed(DomainError):
    """A job cannot end well where one of its parts did not."""

    def __init__(self, job_id: int, error: str) -> None:
        super().__init__(f"Its part, job {job_id}, failed: {error}")
        self.job_id = job_id


class JobNotFailed(DomainError):
    """Only a failed job can be retried."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"Job {job_id} has not failed: there is nothing to retry.")
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
        super().__init__(f"{email} is not active: nobody signs in as them.")
        self.email = email


class ScopeUnknown(DomainError):
    """A token was to have scopes that there are not, or none at all."""

    def __init__(self, unknown: list[str], known: list[str]) -> None:
        fault = f"There is no scope {', '.join(unknown)}." if unknown else "A token needs a scope."
        super().__init__(f"{fault} Scopes are {', '.join(known)}.")
        self.unknown = unknown


class ScopeNotAllowed(DomainError):
    """A token was to have a scope that its user's role does not have."""

    def __init__(self, scope: str, role: str) -> None:
        super().__init__(f"The role {role} has no {scope}: a token cannot have it either.")
        self.scope = scope
        self.role = role


class LifetimeNotAllowed(DomainError):
    """A token was to live for no time at all, or for too long."""

    def __init__(self, days: int, most: int) -> None:
        super().__init__(f"A token lives at least 1 and at most {most} days, not {days}.")
        self.days = days
        self.most = most


class AuditTooYoung(DomainError):
    """Entries of the audit log were to be purged that are kept for longer."""

    def __init__(self, days: int) -> None:
        super().__init__(f"Entries of the audit log are kept for {days} days at least.")
        self.days = days


class KeyReused(DomainError):
    """An idempotency key names another call already."""

    def __init__(self, key: str) -> None:
        super().__init__(
            "This Idempotency-Key belongs to another call: to another path, or with another body."
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
        super().__init__(f"{host} cannot be called: {reason}.")
        self.host = host
        self.reason = reason


class ConsentComesWithContract(DomainError):
    """Somebody wants to withdraw data that a contract cannot do without."""

    def __init__(self, category: str) -> None:
        super().__init__(
            f"{category.capitalize()} data comes with the contract and ends with it: only the consent "
            "to optional data can be withdrawn."
        )
        self.category = category


class RetentionKindUnknown(DomainError):
    """Nothing is kept, or erased, under that name."""

    def __init__(self, kind: str, known: list[str]) -> None:
        super().__init__(f"There is no kind of data {kind!r}. Kinds are {', '.join(known)}.")
        self.kind = kind


class BackupRefused(DomainError):
    """A backup could not be made or restored: why, in words; nothing was changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
