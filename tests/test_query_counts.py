"""No list asks the database more for many rows than for few: each that the URLs have is looked at."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests import factories
from tests.access.routes import ROUTES, Kind, Route
from tests.access.urlconf import OF_THE_ADMIN, named
from tests.admin.test_lists import OURS as ADMIN_MODELS
from tests.admin.test_lists import ROWS as ADMIN_ROWS
from usage.models import Instance

# Of all URLs those that list: a new one is of a kind, or the sweep of the URLs fails.
LISTS = [
    name
    for name in named(Kind.LIST, Kind.PICK, Kind.SHARED)
    if ROUTES[name].arguments is Route.arguments
]
PART = {"HX-Request": "true"}
FEW, MANY = 3, 300
ONE_MORE = {"usage:data"}  # how many there are beyond those that it shows


def add(csm: User, count: int) -> None:
    """Rows of everything that a list shows, each with rows of its own behind each foreign key."""
    for _ in range(count):
        account = factories.make_account(csm=csm, team=factories.make_team())
        subscription = factories.make_subscription(account=account)
        factories.make_instance(subscription=subscription, kind=Instance.Kind.UNKNOWN)
        factories.make_rejected_row()
        factories.make_score_card(account=account)
        factories.make_transition(account=account)
        cta = factories.make_cta(account=account, owner=csm, trigger=factories.make_trigger())
        factories.make_task(cta=cta, owner=csm)
        activity = factories.make_activity(account=account, author=csm)
        factories.make_attendance(activity=activity, user=csm)
        factories.make_mention(activity=activity)
        factories.make_adoption_goal(account=account, set_by=factories.make_user())
        factories.make_non_adoption(account=account, noted_by=factories.make_user())
        factories.make_job(created_by=factories.make_user())
        factories.make_metric()
        factories.make_support_case(account=account)
        factories.make_survey_response(account=account, contact=factories.make_contact())


def asked(client: Client, url: str, headers: dict[str, str]) -> int:
    client.get(url, headers=headers)  # what a process loads once is loaded
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, headers=headers).status_code == 200
    return len(queries)


def test_many_rows_cost_the_queries_of_few(csm: User, csm_client: Client) -> None:
    """All lists in one test: 300 rows of everything are dear to make."""
    add(csm, FEW)
    of_few = {name: of_list(csm_client, name) for name in LISTS}
    add(csm, MANY - FEW)
    of_many = {name: of_list(csm_client, name) for name in LISTS}
    for name in ONE_MORE:
        of_few[name] = [count + 1 for count in of_few[name]]
    assert of_many == of_few


def of_list(client: Client, name: str) -> list[int]:
    return [asked(client, reverse(name), headers) for headers in ({}, PART)]


def test_a_filtered_queue_of_everyone_costs_the_same(
    csm: User, viewer: User, viewer_client: Client
) -> None:
    url = reverse("playbooks:queue") + "?who=all&when=late&type=risk&q=a"
    add(csm, FEW)
    of_few = asked(viewer_client, url, {})
    add(csm, MANY - FEW)
    assert asked(viewer_client, url, {}) == of_few


def test_every_list_of_the_admin_is_looked_at_too() -> None:
    models = {f"admin:{model._meta.app_label}_{model._meta.model_name}" for model in ADMIN_MODELS}
    lists = {
        name.removesuffix("_changelist") for name in OF_THE_ADMIN if name.endswith("_changelist")
    }
    ours = {
        name
        for name in lists
        if name.split(":")[1].split("_")[0] in {"accounts", "playbooks", "usage"}
    }
    assert ours == models
    assert set(ADMIN_ROWS) == set(ADMIN_MODELS)
