"""An edition is published while everything is scored: cards and transitions name one edition a month."""

from __future__ import annotations

from random import Random

import pytest

from tests.torture.conftest import SEED, Prepared
from tests.torture.drive import settle
from tests.torture.processes import python
from tests.torture.state import assert_same, state

pytestmark = pytest.mark.torture

ROUNDS = 3
PUBLISHING = """
import sys, time, django
django.setup()
from django.utils import timezone
from accounts.tasks import wake
from usage.models import Edition
from usage.services import editions
from usage.periods import parse_period
month, pause = sys.argv[1:]
made = editions.copy_as_draft(edition_id=Edition.objects.get(name="2025").pk, name="next")
Edition.objects.filter(pk=made.pk).update(in_force_from=parse_period(month), red_up_to=55)
time.sleep(float(pause))
editions.publish(edition_id=made.pk, now=timezone.now(), note="While all is scored.")
"""


def publish(prepared: Prepared, database: str, pause: float) -> None:
    run = prepared.stage.child(
        "publish",
        database,
        python("-c", PUBLISHING, prepared.book.months[-1], str(pause)),
    )
    assert run.wait() == 0, run.said()


def test_an_edition_published_while_everything_is_scored(prepared: Prepared) -> None:
    assert prepared.undisturbed
    stage, months = prepared.stage, prepared.book.months
    stage.postgres.copy("undisturbed", "published")
    publish(prepared, "published", 0)
    worker = stage.worker("published")
    settle(stage, "published")
    stage.stop(worker)
    prepared.rescore("published")
    expected = state(stage, "published", months)
    chance = Random(SEED)  # noqa: S311 - pauses
    for _ in range(ROUNDS):
        stage.postgres.copy("undisturbed", "publishing")
        scoring = [
            stage.manage(
                "publishing", "score", "--from", months[0], "--to", months[-1], name=f"score{n}"
            )
            for n in range(2)
        ]
        publish(prepared, "publishing", chance.uniform(0, 1.5))
        for run in scoring:
            assert run.wait() == 0, run.said()
        worker = stage.worker("publishing")
        settle(stage, "publishing")
        stage.stop(worker)
        assert_one_edition_a_month(prepared)
        prepared.rescore("publishing")
        assert_same(state(stage, "publishing", months), expected)


def assert_one_edition_a_month(prepared: Prepared) -> None:
    """Transitions of the newest month are all the new edition's, and each has its card."""
    stray = prepared.stage.postgres.rows(
        "publishing",
        "SELECT t.id FROM usage_transition t JOIN usage_edition e ON e.id = t.edition_id"
        " WHERE (t.period >= %s) <> (e.name = 'next') OR NOT EXISTS ("
        "   SELECT 1 FROM usage_scorecard c WHERE c.account_id = t.account_id"
        "   AND c.period = t.period AND c.edition_id = t.edition_id)",
        f"{prepared.book.months[-1]}-01",
    )
    assert stray == []
