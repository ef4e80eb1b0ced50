"""The migrations that gave tasks and events their account, on rows from before."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.factories import make_cta, make_event, make_task

BEFORE = ("playbooks", "0001_initial")
ADDED = ("playbooks", "0003_enter_accounts_that_are_left_out")
FILL = importlib.import_module("playbooks.migrations.0004_fill_accounts_of_tasks_and_events")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def migrate(target: tuple[str, str] | None = None) -> Any:
    """Go to a migration, or to the newest; return the models as they were at it."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    return executor.migrate([target] if target else newest).apps


@pytest.fixture(autouse=True)
def newest_again() -> Iterator[None]:
    yield
    migrate()


def test_rows_from_before_get_the_account_of_their_cta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FILL, "BATCH", 2)
    ctas = [make_cta() for _ in range(5)]
    for cta in ctas:
        make_task(cta=cta)
        make_event(cta=cta)
    wanted = sorted(cta.account_id for cta in ctas)
    migrate(BEFORE)
    newest = migrate()
    for name in ("Task", "CTAEvent"):
        rows = newest.get_model("playbooks", name).objects.all()
        assert sorted(rows.values_list("account", flat=True)) == wanted


def test_filling_goes_on_where_a_killed_run_stopped() -> None:
    done, left = make_cta(), make_cta()
    make_task(cta=done)
    make_task(cta=left)
    models = migrate(ADDED)
    tasks = models.get_model("playbooks", "Task").objects
    tasks.filter(cta=left.pk).update(account=None)
    for _ in range(2):
        FILL.fill(models, None)
    accounts = dict(tasks.values_list("cta", "account"))
    assert accounts == {done.pk: done.account_id, left.pk: left.account_id}
