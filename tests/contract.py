"""The API against its own schema: what schemathesis makes up, as hard as it can."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from accounts.models import Account, User
from accounts.services.tokens import create_token
from config.wsgi import application
from tests import factories
from tests.api import ROOT

if TYPE_CHECKING:
    from schemathesis import Case

PINGS = "service-pings"


def records(account: Account) -> dict[str, int]:
    """A record of each kind that is there, by the part of the path that names the kind."""
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


def keep_to_schema(account: Account, *, examples: int, checks: Any, modes: Any) -> Counter[int]:
    """Call every operation as an admin, validate each answer; return how many had which status.

    Each call is undone, so that each finds the same records.
    """
    import schemathesis  # takes seconds to load: only for these tests

    ids = records(account)
    user = factories.make_user(User.Role.ADMIN)
    issued = create_token(user=user, name="fuzz", scopes=["read", "work_ctas", "ingest"])
    headers = {"Authorization": f"Token {issued.plaintext}"}
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}/schema/", application, headers=headers)
    statuses: Counter[int] = Counter()

    def keeps(case: Case[Any]) -> None:
        if "id" in case.path_parameters:
            case.path_parameters["id"] = ids[case.path.split("/")[3]]
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=checks, headers=headers)

    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an invalid operation fails here
        for mode in modes:
            fuzz = settings(
                max_examples=examples,
                database=None,
                deadline=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            )
            fuzz(given(case=operation.as_strategy(mode))(keeps))()
    return statuses
