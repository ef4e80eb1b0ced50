"""Whatever is sent to the API: no fault of ours, and no answer that the schema does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

from accounts.models import Account, User
from accounts.services.tokens import create_token
from config.wsgi import application
from tests import factories
from tests.api import ROOT

if TYPE_CHECKING:
    from schemathesis import Case

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def connection() -> Iterator[None]:
    """Keep the test's own connection over a request, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ids(account: Account) -> dict[str, int]:
    """A record of each kind that is there."""
    task = factories.make_task(cta=factories.make_cta(account=account))
    subscription = factories.make_subscription(account=account)
    card = factories.make_score_card(account=account)
    return {
        "accounts": account.pk,
        "ctas": task.cta_id,
        "editions": card.edition_id,
        "instances": factories.make_instance(subscription=subscription).pk,
        "metric-definitions": factories.make_metric().pk,
        "score-cards": card.pk,
        "subscriptions": subscription.pk,
        "tasks": task.pk,
        "transitions": factories.make_transition(account=account).pk,
    }


@pytest.mark.usefixtures("connection")
def test_the_api_keeps_to_its_schema(csm: User, ids: dict[str, int]) -> None:
    import schemathesis  # takes seconds to load: only for this one
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        response_schema_conformance,
        status_code_conformance,
    )

    issued = create_token(user=csm, name="fuzz", scopes=["read", "work_ctas"])
    headers = {"Authorization": f"Token {issued.plaintext}"}
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}/schema/", application, headers=headers)
    checks = [not_a_server_error, response_schema_conformance, status_code_conformance]
    statuses: set[int] = set()

    def keeps(case: Case[Any]) -> None:
        if case.path_parameters:
            case.path_parameters["id"] = ids[case.path.split("/")[3]]
        statuses.add(case.call_and_validate(headers=headers, checks=checks).status_code)

    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an invalid operation fails here
        if "service-pings" not in operation.path:  # lines of JSON: tests of its own
            fuzz = settings(
                max_examples=10, database=None, deadline=None, suppress_health_check=HealthCheck
            )
            fuzz(given(case=operation.as_strategy())(keeps))()
    assert {200, 400, 409} <= statuses
