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
    OWN = auto()
    """Changes what is a person's own: whoever is signed in."""
    FOLLOWED = auto()
    """Notes something of a person's own about a customer: whoever sees it, for a stranger it is not there."""
    GUARDED = auto()
    """Of themselves, and asks again who they are: changes them alone."""
    SHARED = auto()
    """Whoever is signed in reads the same: configuration, jobs."""
    LIST = auto()
    """What a person may see of customers: for the csm the mark is in it, for a stranger it is not."""
    PICK = auto()
    """Such a list, to choose from what is to be worked on: a viewer does not get it."""
    RECORD = auto()
    """One customer's: for a stranger it is not there."""
    ACTION = auto()
    """Changes one customer's record: a viewer may not, for a stranger it is not there."""
    WORK = auto()
    """Acts on what its body names, each on its own: who works; what is others' is as not there."""
    FORM = auto()
    """The form of such a change, and the change."""
    INGEST = auto()
    """Hands in usage: services and admins."""
    CONFIGURE = auto()
    """Changes configuration or work in the background: admins."""
    SETTING = auto()
    """The form of a change of configuration, and the change: admins."""
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
        reads = self.kind not in WRITTEN
        writes = self.creates or self.kind in CHANGING
        return ({"get"} if reads else set()) | ({"post"} if writes else set())


WRITTEN = {Kind.ACTION, Kind.WORK, Kind.INGEST, Kind.CONFIGURE, Kind.OWN, Kind.FOLLOWED}
CHANGING = WRITTEN | {Kind.FORM, Kind.RULED, Kind.SETTING}


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
    dashed = [action.replace("_", "-") for action in names]
    return {f"api-{name}-{action}": Route(Kind.ACTION, of(part)) for action in dashed}


ACCOUNT = of("", account_id="account")
ACTIVITY = of("", account_id="account", activity_id="activity")
CTA = of("", cta_id="cta")
CTA_TASK = of("", cta_id="cta", task_id="task")
EDITION = of("", edition_id="edition")
CTA_ACTIONS = (
    "assess_risk", "close", "comment", "mark", "reassign", "reopen", "reschedule", "snooze",
    "start", "undo_reschedule", "unlink", "wake",
)  # fmt: skip
JOB = of("", job_id="job")
PLAN = of("", plan_id="plan")


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
    "api-alert-list": Route(Kind.PERSONAL),
    "api-alert-read": Route(Kind.OWN),
    "api-account-follow": Route(Kind.FOLLOWED, of("account")),
    **api("account", "account"),
    "api-account-life-cycle": Route(Kind.RECORD, of("account")),
    "api-account-use-cases": Route(Kind.ACTION, of("account")),
    "api-account-score-change": Route(Kind.RECORD, of("account"), query="?from=2026-10&to=2026-10"),
    "api-account-roadmap": Route(Kind.RECORD, of("account")),
    "api-account-consent": Route(Kind.RULED, of("account")),
    **api("subscription", "subscription"),
    **api("instance", "instance"),
    **api("metric-definition", "metric", Kind.SHARED),
    **api("metric-break", "metric_break", Kind.SHARED, creates=True),
    "api-metric-break-withdraw": Route(Kind.CONFIGURE, of("metric_break")),
    **api("edition", "edition", Kind.SHARED),
    "api-edition-publish": Route(Kind.CONFIGURE, of("edition")),
    "api-edition-rollback": Route(Kind.CONFIGURE, of("edition")),
    "api-edition-backtest": Route(Kind.OPERATION, of("edition")),
    "api-edition-backtest-start": Route(Kind.CONFIGURE, of("edition")),
    "api-edition-what-if": Route(Kind.OPERATION, of("edition"), creates=True),
    **api("score-card", "card"),
    "api-score-card-health": Route(Kind.RECORD, of("card")),
    "api-score-card-explanation": Route(Kind.RECORD, of("card")),
    **api("transition", "transition"),
    **api("cta", "cta", creates=True),
    "api-support-cases": Route(Kind.INGEST),
    "api-survey-responses": Route(Kind.INGEST),
    **api("support-case", "case"),
    **api("survey-response", "answer"),
    "api-outcomes": Route(Kind.INGEST),
    **api("outcome", "outcome"),
    **actions("cta", "cta", *CTA_ACTIONS, "link"),
    "api-cta-bulk": Route(Kind.WORK),
    "api-service-ping": Route(Kind.INGEST),
    "api-service-pings": Route(Kind.INGEST),
    **api("task", "task"),
    **actions("task", "task", "complete", "reopen"),
    **api("activity", "activity", creates=True),
    **actions("activity", "activity", "change", "delete", "restore"),
    **api("adoption-goal", "goal", creates=True),
    **api("non-adoption", "non_adoption", creates=True),
    **api("milestone", "milestone", creates=True),
    "api-saved-view-list": Route(Kind.PERSONAL),
    "api-saved-view-save": Route(Kind.OWN),
    **actions("adoption-goal", "goal", "clear"),
    **actions("milestone", "milestone", "clear", "restore"),
    "api-saved-view-remove": Route(Kind.OWN),
    **actions("non-adoption", "non_adoption", "clear"),
    "limits": Route(Kind.OPERATION),
    "api-limits": Route(Kind.OPERATION),
    "accounts:jobs": Route(Kind.SHARED),
    "accounts:job": Route(Kind.SHARED, JOB),
    "accounts:retry_job": Route(Kind.CONFIGURE, JOB),
    "usage:data": Route(Kind.LIST),
    "usage:metrics": Route(Kind.SHARED),
    "usage:metric": Route(Kind.SHARED, of("", metric_id="metric")),
    "usage:record_break": Route(Kind.CONFIGURE, of("", metric_id="metric")),
    "usage:withdraw_break": Route(Kind.CONFIGURE, of("", break_id="metric_break")),
    "usage:editions": Route(Kind.SHARED),
    "usage:edition": Route(Kind.SHARED, EDITION),
    "playbooks:publish_edition": Route(Kind.SETTING, EDITION),
    "playbooks:roll_back_edition": Route(Kind.CONFIGURE, EDITION),
    "playbooks:retire_edition": Route(Kind.CONFIGURE, EDITION),
    "usage:backtest": Route(Kind.OPERATION, EDITION),
    "usage:start_backtest": Route(Kind.CONFIGURE, EDITION),
    "playbooks:alerts": Route(Kind.PERSONAL),
    "playbooks:alert_settings": Route(Kind.PERSONAL),
    "playbooks:open_alert": Route(Kind.OWN),
    "playbooks:read_alerts": Route(Kind.OWN),
    "playbooks:add_endpoint": Route(Kind.OWN),
    "playbooks:remove_endpoint": Route(Kind.OWN),
    "playbooks:undelivered": Route(Kind.OPERATION),
    "playbooks:send_again": Route(Kind.CONFIGURE),
    "playbooks:unsubscribe": Route(Kind.PUBLIC, lambda cast: {"token": "of-nobody"}),
    "playbooks:follow": Route(Kind.FOLLOWED, ACCOUNT),
    "playbooks:what_if": Route(Kind.OPERATION, EDITION, creates=True),
    "playbooks:queue": Route(Kind.LIST, query="?who=all"),
    "playbooks:bulk": Route(Kind.LIST, query="?who=all&all=1", creates=True),
    "playbooks:saved_views": Route(Kind.PERSONAL),
    "playbooks:bulk_runs": Route(Kind.PERSONAL),
    "playbooks:portfolio": Route(Kind.LIST),
    "playbooks:team": Route(Kind.SHARED, query="?who=all"),
    "playbooks:team_work": Route(Kind.LIST, query="?who=all"),
    "playbooks:team_list": Route(Kind.LIST, lambda cast: {"code": "unknown"}, query="?who=all"),
    "playbooks:account": Route(Kind.RECORD, ACCOUNT),
    "playbooks:why": Route(Kind.RECORD, ACCOUNT),
    "playbooks:score_change": Route(Kind.RECORD, ACCOUNT),
    "playbooks:roadmap": Route(Kind.RECORD, ACCOUNT),
    **{
        f"playbooks:account_{tab}": Route(Kind.RECORD, ACCOUNT)
        for tab in ("usage", "seats", "instances", "cockpit", "contacts", "family")
    },
    "playbooks:set_goal": Route(Kind.ACTION, ACCOUNT),
    "playbooks:note_non_adoption": Route(Kind.ACTION, ACCOUNT),
    "playbooks:health": Route(Kind.RECORD, ACCOUNT),
    "playbooks:judge": Route(Kind.ACTION, ACCOUNT),
    "playbooks:new_plan": Route(Kind.FORM, ACCOUNT),
    "playbooks:plan": Route(Kind.FORM, PLAN),
    "playbooks:move_plan": Route(Kind.ACTION, PLAN),
    "playbooks:new_objective": Route(Kind.FORM, PLAN),
    "playbooks:objective": Route(Kind.FORM, of("", objective_id="objective")),
    "playbooks:life_cycle": Route(Kind.RECORD, ACCOUNT),
    **{
        f"playbooks:{action}": Route(Kind.ACTION, ACCOUNT)
        for action in ("set_milestone", "clear_milestone", "restore_milestone", "choose_use_cases")
    },
    "playbooks:time_to_value": Route(Kind.LIST, query="?months=all"),
    "playbooks:timeline": Route(Kind.RECORD, ACCOUNT),
    "playbooks:log_activity": Route(Kind.FORM, ACCOUNT),
    "playbooks:change_activity": Route(Kind.FORM, ACTIVITY),
    "playbooks:delete_activity": Route(Kind.ACTION, ACTIVITY),
    "playbooks:restore_activity": Route(Kind.ACTION, ACTIVITY),
    "playbooks:cta": Route(Kind.RECORD, CTA),
    "playbooks:pick_account": Route(Kind.PICK),
    "playbooks:new_cta": Route(Kind.FORM, ACCOUNT),
    "playbooks:new_link": Route(Kind.FORM, CTA),
    **{f"playbooks:{action}": Route(Kind.ACTION, CTA) for action in CTA_ACTIONS},
    "playbooks:complete_task": Route(Kind.ACTION, CTA_TASK),
    "playbooks:reopen_task": Route(Kind.ACTION, CTA_TASK),
}
