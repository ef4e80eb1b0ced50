"""Every URL, asked for by everyone: nobody sees or changes what is not theirs.

The URLs are read off the URL configuration. One that is new fails here until ROUTES says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import pytest
from django.db.models import Model
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import Account, Job, Subscription, User
from playbooks.models import CallToAction, CTAEvent, Task
from tests import factories
from tests.conftest import signed_in
from usage.models import Edition, Instance, MetricDefinition, ScoreCard, Transition

MARK = "zanzibar"  # stands in the name of all that is the csm's
REFUSED = {401, 403, 405}
OF_THE_API = ("put", "patch", "delete")  # no URL takes these


class Kind(Enum):
    PUBLIC = auto()
    """Whoever asks."""
    PERSONAL = auto()
    """Whoever is signed in, of themselves; changes them alone."""
    SHARED = auto()
    """Whoever is signed in reads the same: configuration, jobs."""
    LIST = auto()
    """What a person may see of customers: for the csm the mark is in it, for a stranger it is not."""
    RECORD = auto()
    """One customer's: for a stranger it is not there."""
    ACTION = auto()
    """Changes one customer's record, or is the form for it: a viewer may not."""
    RESERVED = auto()
    """Needs an ability that neither a csm nor a viewer has: to configure, to hand in usage."""


@dataclass(frozen=True)
class Cast:
    """One of everything that a URL can name, all of it the csm's."""

    account: Account
    card: ScoreCard
    cta: CallToAction
    edition: Edition
    instance: Instance
    job: Job
    metric: MetricDefinition
    subscription: Subscription
    task: Task
    transition: Transition

    def rows(self) -> list[list[dict[str, Any]]]:
        """All that an action could have changed."""
        models: tuple[type[Model], ...] = (Account, CallToAction, CTAEvent, Task, Job)
        return [list(model._default_manager.order_by("pk").values()) for model in models]


Arguments = Callable[[Cast], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    kind: Kind
    arguments: Arguments = lambda cast: {}
    query: str = ""


def of(name: str, **paths: str) -> Arguments:
    """Arguments of a URL: of(pk="cta") is the cta's key."""
    named = {"pk": name} | paths if name else paths
    return lambda cast: {key: getattr(cast, part).pk for key, part in named.items()}


def api(name: str, part: str, kind: Kind = Kind.LIST) -> dict[str, Route]:
    record = Kind.SHARED if kind is Kind.SHARED else Kind.RECORD
    return {f"api-{name}-list": Route(kind), f"api-{name}-detail": Route(record, of(part))}


def actions(name: str, part: str, *names: str) -> dict[str, Route]:
    return {f"api-{name}-{action}": Route(Kind.ACTION, of(part)) for action in names}


ACCOUNT = of("", account_id="account")
CTA = of("", cta_id="cta")
CTA_TASK = of("", cta_id="cta", task_id="task")
EDITION = of("", edition_id="edition")
JOB = of("", job_id="job")

ROUTES: dict[str, Route] = {
    "start": Route(Kind.PUBLIC),
    "livez": Route(Kind.PUBLIC),
    "readyz": Route(Kind.PUBLIC),
    "login": Route(Kind.PUBLIC),
    "logout": Route(Kind.PUBLIC),
    "password_reset": Route(Kind.PUBLIC),
    "password_reset_done": Route(Kind.PUBLIC),
    "password_reset_confirm": Route(Kind.PUBLIC, lambda cast: {"uidb64": "MQ", "token": "a-b"}),
    "password_reset_complete": Route(Kind.PUBLIC),
    "password_change": Route(Kind.PERSONAL),
    "password_change_done": Route(Kind.PERSONAL),
    "api-schema": Route(Kind.SHARED),
    "api-docs": Route(Kind.SHARED),
    "api-nothing": Route(Kind.PUBLIC),
    **api("account", "account"),
    "api-account-consent": Route(Kind.RECORD, of("account")),
    **api("subscription", "subscription"),
    **api("instance", "instance"),
    **api("metric-definition", "metric", Kind.SHARED),
    **api("edition", "edition", Kind.SHARED),
    **api("score-card", "card"),
    "api-score-card-explanation": Route(Kind.RECORD, of("card")),
    **api("transition", "transition"),
    **api("cta", "cta"),
    **actions("cta", "cta", "close", "comment", "reassign", "reopen", "snooze", "start", "wake"),
    "api-service-ping": Route(Kind.RESERVED),
    "api-service-pings": Route(Kind.RESERVED),
    **api("task", "task"),
    **actions("task", "task", "complete", "reopen"),
    "api-limits": Route(Kind.RESERVED),
    "limits": Route(Kind.RESERVED),
    "accounts:jobs": Route(Kind.SHARED),
    "accounts:job": Route(Kind.SHARED, JOB),
    "accounts:retry_job": Route(Kind.RESERVED, JOB),
    "usage:data": Route(Kind.LIST),
    "usage:editions": Route(Kind.SHARED),
    "usage:edition": Route(Kind.SHARED, EDITION),
    "playbooks:queue": Route(Kind.LIST),
    "playbooks:portfolio": Route(Kind.LIST),
    "playbooks:account": Route(Kind.RECORD, ACCOUNT),
    "playbooks:cta": Route(Kind.RECORD, CTA),
    "playbooks:new_cta": Route(Kind.ACTION, ACCOUNT),
    **{
        f"playbooks:{action}": Route(Kind.ACTION, CTA)
        for action in ("close", "comment", "reassign", "reopen", "snooze", "start", "wake")
    },
    "playbooks:complete_task": Route(Kind.ACTION, CTA_TASK),
    "playbooks:reopen_task": Route(Kind.ACTION, CTA_TASK),
}


# --- Reading the URL configuration ------------------------------------------------------------------


def walk(
    resolver: URLResolver, path: str = "/", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Name with its namespaces, and path as it is configured, of every URL."""
    for pattern in resolver.url_patterns:
        below = path + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from walk(pattern, below, inside)
        else:
            yield ":".join((*spaces, pattern.name or below)), below


ALL = dict(walk(get_resolver()))
OURS = sorted(name for name in ALL if not name.startswith("admin:"))
OF_THE_ADMIN = sorted(name for name in ALL if name.startswith("admin:") and name != "admin:login")


def named(*kinds: Kind) -> list[str]:
    return [name for name in OURS if name in ROUTES and ROUTES[name].kind in kinds]


def test_every_url_is_swept() -> None:
    unknown = sorted(set(OURS) - set(ROUTES))
    assert not unknown, (
        f"No one has said who may ask for {', '.join(unknown)}. Add each to ROUTES in {__file__}: "
        "its Kind and, where its path has arguments, whose keys they are. Give a URL without a name "
        "a name."
    )


def test_no_url_is_swept_that_is_gone() -> None:
    assert set(ROUTES) - set(ALL) == set()


# --- Asking -----------------------------------------------------------------------------------------


@pytest.fixture
def world(account: Account, csm: User) -> Cast:
    account.name, account.external_id = f"{MARK} ltd", f"{MARK}-1"
    account.save()
    subscription = factories.make_subscription(account=account, external_id=f"{MARK}-2")
    instance = factories.make_instance(
        subscription=subscription, hostname=f"git.{MARK}.example", kind=Instance.Kind.UNKNOWN
    )
    factories.make_rejected_row(text=f'{{"hostname": "git.{MARK}.example"}}')
    cta = factories.make_cta(account=account, title=f"Call {MARK}", owner=csm)
    return Cast(
        account=account,
        card=factories.make_score_card(account=account),
        cta=cta,
        edition=factories.make_edition(),
        instance=instance,
        job=factories.make_job(state=Job.State.FAILED),
        metric=factories.make_metric(),
        subscription=subscription,
        task=factories.make_task(cta=cta, title=f"Write to {MARK}"),
        transition=factories.make_transition(account=account),
    )


def address(name: str, world: Cast) -> str:
    if name == "api-nothing":
        return "/api/nothing/"
    return reverse(name, kwargs=ROUTES[name].arguments(world)) + ROUTES[name].query


def told(response: HttpResponseBase) -> str:
    return b"".join(response).decode(errors="replace").lower()


def is_sent_to_sign_in(response: HttpResponseBase) -> bool:
    return response.status_code == 302 and response["Location"].startswith(reverse("login"))


WRITES = ("post", *OF_THE_API)


@pytest.mark.parametrize("name", named(*set(Kind) - {Kind.PUBLIC}))
def test_anonymous_is_asked_to_sign_in(name: str, world: Cast) -> None:
    before = world.rows()
    for method in ("get", *WRITES):
        response = getattr(Client(), method)(address(name, world))
        assert is_sent_to_sign_in(response) or response.status_code in REFUSED, method
        assert MARK not in told(response), method
    assert world.rows() == before


@pytest.mark.parametrize("name", named(Kind.PUBLIC))
def test_what_is_public_tells_nothing(name: str, world: Cast) -> None:
    response = Client().get(address(name, world))
    assert response.status_code in {200, 302, 404, 405}
    assert MARK not in told(response)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
@pytest.mark.parametrize("name", named(Kind.LIST, Kind.SHARED))
def test_a_stranger_finds_nothing_of_others_in(
    name: str, headers: dict[str, str], world: Cast, stranger_client: Client
) -> None:
    response = stranger_client.get(address(name, world), headers=headers)
    assert response.status_code == 200
    assert MARK not in told(response)


@pytest.mark.parametrize("name", named(Kind.RECORD, Kind.ACTION))
def test_for_a_stranger_there_is_no(name: str, world: Cast, stranger_client: Client) -> None:
    before = world.rows()
    statuses = {
        method: getattr(stranger_client, method)(address(name, world)).status_code
        for method in ("get", *WRITES)
    }
    assert 404 in statuses.values(), statuses
    assert set(statuses.values()) <= {403, 404, 405}, statuses
    assert world.rows() == before


@pytest.mark.parametrize("name", named(*set(Kind) - {Kind.PUBLIC, Kind.PERSONAL}))
def test_a_viewer_changes_nothing_by(name: str, world: Cast, viewer_client: Client) -> None:
    before = world.rows()
    for method in WRITES:
        status = getattr(viewer_client, method)(address(name, world)).status_code
        assert status in {403, 405}, method
    assert world.rows() == before


@pytest.mark.parametrize("name", named(Kind.LIST, Kind.RECORD, Kind.SHARED))
def test_a_viewer_reads(name: str, world: Cast, viewer_client: Client) -> None:
    assert viewer_client.get(address(name, world)).status_code == 200


@pytest.mark.parametrize("name", named(Kind.LIST))
def test_the_csm_finds_their_own_in(name: str, world: Cast, csm_client: Client) -> None:
    response = csm_client.get(address(name, world))
    assert response.status_code == 200
    assert MARK in told(response)


@pytest.mark.parametrize("name", named(Kind.RECORD, Kind.SHARED, Kind.PERSONAL))
def test_the_csm_reads(name: str, world: Cast, csm_client: Client) -> None:
    assert csm_client.get(address(name, world)).status_code == 200


@pytest.mark.parametrize("name", named(Kind.ACTION))
def test_the_csm_gets_as_far_as_the_rules_in(name: str, world: Cast, csm_client: Client) -> None:
    status = csm_client.post(address(name, world), content_type="application/json").status_code
    assert status in {200, 201, 302, 400, 409, 422}


@pytest.mark.parametrize("name", named(Kind.RESERVED))
def test_a_csm_may_not(name: str, world: Cast, csm_client: Client) -> None:
    assert csm_client.post(address(name, world)).status_code == 403


# --- The admin --------------------------------------------------------------------------------------


def filled(path: str) -> str:
    """A path with a 1, or the first word of a choice, for each argument."""
    path = re.sub(r"<[^>]+>", "1", re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", r"\1", path))
    return re.sub(r"\(\?P1[^)]*\)", "1", path).rstrip("$")


@pytest.mark.parametrize("name", OF_THE_ADMIN)
def test_the_admin_is_for_staff(name: str, world: Cast, csm: User, manager: User) -> None:
    before = world.rows()
    for client in (Client(), signed_in(csm), signed_in(manager)):
        for method in ("get", "post"):
            response = getattr(client, method)(filled(ALL[name]))
            assert response.status_code in {302, 403, 404}, method
            assert MARK not in told(response), method
    assert world.rows() == before
