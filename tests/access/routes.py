"""What every URL is: the rows of the access matrix. A new URL is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from tests.access.cast import Cast


class Kind(Enum):
    PUBLIC = auto()
    """Whoever asks."""
    PERSONAL = auto()
    """Whoever is signed in, of themselves; changes them alone."""
    GUARDED = auto()
    """Of themselves, and asks again who they are: changes them alone."""
    SHARED = auto()
    """Whoever is signed in reads the same: configuration, jobs."""
    LIST = auto()
    """What a person may see of customers: for the csm the mark is in it, for a stranger it is not."""
    RECORD = auto()
    """One customer's: for a stranger it is not there."""
    ACTION = auto()
    """Changes one customer's record: a viewer may not, for a stranger it is not there."""
    FORM = auto()
    """The form of such a change, and the change."""
    INGEST = auto()
    """Hands in usage: services and admins."""
    CONFIGURE = auto()
    """Changes configuration or work in the background: admins."""
    RULED = auto()
    """One customer's record that only admins change."""
    OPERATION = auto()
    """How the installation fares: admins read it."""


Arguments = Callable[[Cast], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    kind: Kind
    arguments: Arguments = lambda cast: {}
    query: str = ""
    creates: bool = False
    """A list of the API that also takes a POST."""

    @property
    def methods(self) -> set[str]:
        """What the URL takes: all else must be refused to everyone."""
        reads = self.kind not in {Kind.ACTION, Kind.INGEST, Kind.CONFIGURE}
        writes = self.creates or self.kind in CHANGING
        return ({"get"} if reads else set()) | ({"post"} if writes else set())


CHANGING = {Kind.ACTION, Kind.FORM, Kind.INGEST, Kind.CONFIGURE, Kind.RULED}


def of(name: str, **paths: str) -> Arguments:
    """Arguments of a URL: of("cta") is the cta's key as pk."""
    named = {"pk": name} | paths if name else paths
    return lambda cast: {key: getattr(cast, part).pk for key, part in named.items()}


def api(name: str, part: str, kind: Kind = Kind.LIST, *, creates: bool = False) -> dict[str, Route]:
    record = Kind.SHARED if kind is Kind.SHARED else Kind.RECORD
    return {
        f"api-{name}-list": Route(kind, creates=creates),
        f"api-{name}-detail": Route(record, of(part)),
    }


def actions(name: str, part: str, *names: str) -> dict[str, Route]:
    return {f"api-{name}-{action}": Route(Kind.ACTION, of(part)) for action in names}


ACCOUNT = of("", account_id="account")
CTA = of("", cta_id="cta")
CTA_TASK = of("", cta_id="cta", task_id="task")
EDITION = of("", edition_id="edition")
JOB = of("", job_id="job")


def SAML(cast: Cast) -> dict[str, Any]:  # noqa: N802 - a constant like those above
    return {"organization_slug": "saml"}


ROUTES: dict[str, Route] = {
    "start": Route(Kind.PUBLIC),
    "livez": Route(Kind.PUBLIC),
    "readyz": Route(Kind.PUBLIC),
    "metrics": Route(Kind.PUBLIC),
    "login": Route(Kind.PUBLIC),
    "logout": Route(Kind.PUBLIC),
    "password_reset": Route(Kind.PUBLIC),
    "password_reset_done": Route(Kind.PUBLIC),
    "password_reset_confirm": Route(Kind.PUBLIC, lambda cast: {"uidb64": "MQ", "token": "a-b"}),
    "password_reset_complete": Route(Kind.PUBLIC),
    "password_change": Route(Kind.PERSONAL),
    "password_change_done": Route(Kind.PERSONAL),
    "account_login": Route(Kind.PUBLIC),
    "account_reauthenticate": Route(Kind.GUARDED),
    "single_sign_on": Route(Kind.PUBLIC, lambda cast: {"provider_id": "oidc"}),
    "openid_connect_callback": Route(Kind.PUBLIC, lambda cast: {"provider_id": "oidc"}),
    "saml_acs": Route(Kind.PUBLIC, SAML),
    "saml_finish_acs": Route(Kind.PUBLIC, SAML),
    "saml_metadata": Route(Kind.PUBLIC, SAML),
    "saml_sls": Route(Kind.PUBLIC, SAML),
    "mfa_authenticate": Route(Kind.PUBLIC),
    "mfa_index": Route(Kind.PERSONAL),
    "mfa_reauthenticate": Route(Kind.GUARDED),
    "mfa_activate_totp": Route(Kind.GUARDED),
    "mfa_deactivate_totp": Route(Kind.GUARDED),
    "mfa_view_recovery_codes": Route(Kind.GUARDED),
    "mfa_generate_recovery_codes": Route(Kind.GUARDED),
    "api-schema": Route(Kind.SHARED),
    "api-docs": Route(Kind.SHARED),
    "api-nothing": Route(Kind.PUBLIC),
    **api("account", "account"),
    "api-account-consent": Route(Kind.RULED, of("account")),
    **api("subscription", "subscription"),
    **api("instance", "instance"),
    **api("metric-definition", "metric", Kind.SHARED),
    **api("edition", "edition", Kind.SHARED),
    **api("score-card", "card"),
    "api-score-card-explanation": Route(Kind.RECORD, of("card")),
    **api("transition", "transition"),
    **api("cta", "cta", creates=True),
    **actions("cta", "cta", "close", "comment", "reassign", "reopen", "snooze", "start", "wake"),
    "api-service-ping": Route(Kind.INGEST),
    "api-service-pings": Route(Kind.INGEST),
    **api("task", "task"),
    **actions("task", "task", "complete", "reopen"),
    "limits": Route(Kind.OPERATION),
    "api-limits": Route(Kind.OPERATION),
    "accounts:jobs": Route(Kind.SHARED),
    "accounts:job": Route(Kind.SHARED, JOB),
    "accounts:retry_job": Route(Kind.CONFIGURE, JOB),
    "usage:data": Route(Kind.LIST),
    "usage:editions": Route(Kind.SHARED),
    "usage:edition": Route(Kind.SHARED, EDITION),
    "playbooks:queue": Route(Kind.LIST, query="?who=all"),
    "playbooks:portfolio": Route(Kind.LIST),
    "playbooks:account": Route(Kind.RECORD, ACCOUNT),
    "playbooks:cta": Route(Kind.RECORD, CTA),
    "playbooks:new_cta": Route(Kind.FORM, ACCOUNT),
    **{
        f"playbooks:{action}": Route(Kind.ACTION, CTA)
        for action in ("close", "comment", "reassign", "reopen", "snooze", "start", "wake")
    },
    "playbooks:complete_task": Route(Kind.ACTION, CTA_TASK),
    "playbooks:reopen_task": Route(Kind.ACTION, CTA_TASK),
}
