"""The API against its own schema: what schemathesis makes up, as hard as it can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from accounts.access import Ability
from accounts.models import Account, User
from accounts.services.tokens import create_token
from config.wsgi import application
from tests import factories
from tests.api import ROOT

if TYPE_CHECKING:
    from schemathesis import Case


@contextmanager
def own_connection() -> Iterator[None]:
    """Keep the test's own connection over a request, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def records(account: Account) -> dict[str, int]:
    """A record of each kind that is there, by the part of the path that names the kind."""
    task = factories.make_task(cta=factories.make_cta(account=account))
    subscription = factories.make_subscription(account=account)
    card = factories.make_score_card(account=account)
    factories.make_backtest(edition=card.edition)
    return {
        "accounts": account.pk,
        "activities": factories.make_activity(account=account).pk,
        "adoption-goals": factories.make_adoption_goal(account=account).pk,
        "ctas": task.cta_id,
        "editions": card.edition_id,
        "instances": factories.make_instance(subscription=subscription).pk,
        "metric-breaks": factories.make_metric_break().pk,
        "milestones": factories.make_milestone(account=account).pk,
        "metric-definitions": factories.make_metric().pk,
        "non-adoptions": factories.make_non_adoption(account=account).pk,
        "outcomes": factories.make_outcome(account=account).pk,
        "score-cards": card.pk,
        "subscriptions": subscription.pk,
        "support-cases": factories.make_support_case(account=account).pk,
        "survey-responses": factories.make_survey_response(account=account).pk,
        "tasks": task.pk,
        "transitions": factories.make_transition(account=account).pk,
    }


# What a schema cannot say: by operation the check that would ask it to.
UNSAID = {
    "POST /api/v1/activities/": "positive_data_acceptance",  # people and contacts that are there
    "POST /api/v1/activities/{id}/change/": "positive_data_acceptance",  # as it was seen
    "POST /api/v1/adoption-goals/": "positive_data_acceptance",  # a use case of the edition
    "POST /api/v1/accounts/{id}/use-cases/": "positive_data_acceptance",
    "POST /api/v1/saved-views/save/": "positive_data_acceptance",  # what the queue knows
    "POST /api/v1/milestones/": "positive_data_acceptance",  # a day that is not to come
    "POST /api/v1/non-adoptions/": "positive_data_acceptance",
    "POST /api/v1/metric-breaks/": "positive_data_acceptance",  # a metric that is there
    "POST /api/v1/ctas/": "positive_data_acceptance",  # names an account that is there
    "POST /api/v1/ctas/bulk/": "positive_data_acceptance",  # each action needs fields of its own
    "POST /api/v1/ctas/{id}/link/": "positive_data_acceptance",  # a record of the same account
    "POST /api/v1/ctas/{id}/reassign/": "positive_data_acceptance",  # a person
    "POST /api/v1/ctas/{id}/snooze/": "positive_data_acceptance",  # a day that lies ahead
    "POST /api/v1/editions/{id}/publish/": "positive_data_acceptance",  # a month
    "GET /api/v1/editions/{id}/what-if/": "positive_data_acceptance",  # an edition
    "POST /api/v1/editions/{id}/what-if/": "positive_data_acceptance",
    "GET /api/v1/accounts/{id}/score-change/": "positive_data_acceptance",  # months with a score
    "GET /api/v1/score-cards/": "positive_data_acceptance",  # an edition
    "GET /api/v1/transitions/": "positive_data_acceptance",
    "POST /api/v1/outcomes/bulk/": "negative_data_rejection",  # a row is, not the call
    "POST /api/v1/support-cases/bulk/": "negative_data_rejection",  # a row is, not the call
    "POST /api/v1/survey-responses/bulk/": "negative_data_rejection",
    "POST /api/v1/usage/service-pings/": "positive_data_acceptance",  # a time that is past
    "POST /api/v1/usage/service-pings/bulk/": "negative_data_rejection",  # a row is, not the call
}


def keep_to_schema(account: Account, *, examples: int, same: bool = False) -> Counter[int]:
    """Call every operation as an admin, check each answer; return how many had which status.

    Data keep to the schema, then break it; they are the `same` in every run, or new in each.
    Each call is undone: the next finds the same records.
    """
    import schemathesis  # takes seconds to load: only for these tests
    from schemathesis.checks import CHECKS
    from schemathesis.generation.modes import GenerationMode

    fuzz = settings(
        max_examples=examples,
        derandomize=same,
        database=None,
        phases=[Phase.generate],  # what was sent is told by schemathesis
        suppress_health_check=list(HealthCheck),
    )
    schemathesis.serializer("application/x-ndjson")(_encoded)
    ids = records(account)
    user = factories.make_user(User.Role.ADMIN)
    issued = create_token(user=user, name="fuzz", scopes=list(Ability))
    headers = {"Authorization": f"Token {issued.plaintext}"}
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}/schema/", application, headers=headers)
    statuses: Counter[int] = Counter()

    def names_what_is_there(case: Case[Any]) -> None:
        if isinstance(case.body, dict) and "account" in case.body:
            case.body["account"] = account.external_id
        keeps(case)

    def keeps(case: Case[Any]) -> None:
        if "id" in case.path_parameters:
            case.path_parameters["id"] = ids[case.path.split("/")[3]]
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        statuses[response.status_code] += 1
        unsaid = UNSAID.get(case.operation.label)
        excluded: list[Any] = [CHECKS.get_one(unsaid)] if unsaid else []
        case.validate_response(response, excluded_checks=excluded, headers=headers)

    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an invalid operation fails here
        good = operation.as_strategy(GenerationMode.POSITIVE)
        fuzz(given(case=good)(names_what_is_there))()
        with suppress(Unsatisfiable):  # of a call that takes nothing, nothing can be broken
            fuzz(given(case=operation.as_strategy(GenerationMode.NEGATIVE))(keeps))()
    return statuses


def _encoded(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
