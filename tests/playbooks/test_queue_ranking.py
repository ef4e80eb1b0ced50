"""The order that is kept: who ranks what, and when."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps

from accounts.models import Account, Job, User
from accounts.services import jobs
from playbooks.models import CallToAction, QueueWeights
from playbooks.queries import queue_order as queries
from playbooks.queries.queue import Queue, QueueFilter
from playbooks.queue import NO_POINTS_RANK
from playbooks.services import ctas, queue_order
from playbooks.services.ctas import NewCTA
from playbooks.tasks import order_queue_nightly
from tests.factories import NOW, TODAY, make_account, make_cta, make_score_card, make_subscription


def score_of(cta: CallToAction) -> int:
    cta.refresh_from_db()
    return NO_POINTS_RANK - cta.queue_rank


def test_all_live_ones_are_ranked_and_a_second_run_moves_none(
    account: Account, csm: User, now: datetime
) -> None:
    pressing = make_cta(account=account, priority=1, due_on=TODAY)
    calm = make_cta(account=account, priority=3, due_on=TODAY + timedelta(days=30))
    closed = make_cta(account=account, status="success", priority=1)
    assert queue_order.rank_all(now=now) == 1
    assert [score_of(each) for each in (pressing, calm, closed)] == [60, 0, 0]
    assert queue_order.rank_all(now=now) == 0


def test_stretch_by_stretch_all_are_ranked(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_order, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        make_cta(account=account, due_on=TODAY)
    told: list[tuple[int, int]] = []
    moved = queue_order.rank_all(now=now, progress=lambda done, total: told.append((done, total)))
    assert moved == 5
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_the_page_orders_by_what_its_words_say(csm: User, now: datetime) -> None:
    for n, color in enumerate(("Red", "Yellow", "Green")):
        account = make_account(csm=csm)
        make_score_card(account=account, color=color, score=(44, 60, 82)[n])
        make_subscription(account=account, arr=100_000 * n + 1)
        for priority in (3, 1, 2):
            for days in (9, 0, -1, -20):
                make_cta(account=account, priority=priority, due_on=TODAY + timedelta(days=days))
    queue_order.rank_all(now=now)
    page = Queue(csm, "mine", now).page(QueueFilter())
    places = [cta.place for cta in page.object_list]
    assert len(places) == 36
    assert all(place.is_current for place in places)
    keys = [(-cta.place.score, cta.due_on, cta.pk) for cta in page.object_list]
    assert keys == sorted(keys)


def test_a_new_one_is_ranked_at_once(account: Account, csm: User, now: datetime) -> None:
    new = NewCTA(title="Call", type="activity", due_on=TODAY, priority=1, key=uuid.uuid4())
    assert score_of(ctas.open_cta(account=account, new=new, by=csm, now=now)) == 60


def test_one_that_is_opened_again_is_ranked_as_of_then(
    account: Account, csm: User, now: datetime
) -> None:
    cta = make_cta(account=account, due_on=TODAY, priority=3)
    ctas.close_cta(cta_id=cta.pk, status="already_solved", by=csm, now=now)
    ctas.reopen_cta(cta_id=cta.pk, by=csm, now=now + timedelta(days=3))
    assert score_of(cta) == 30


def test_one_that_is_changed_meanwhile_keeps_the_newer_rank(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cta = make_cta(account=account, due_on=TODAY)
    facts = queries.facts

    def then_somebody_ranks_it(*args: Any, **kwargs: Any) -> list[Any]:
        rows = list(facts(*args, **kwargs))
        CallToAction.objects.filter(pk=cta.pk).update(queue_rank=1)
        return rows

    monkeypatch.setattr(queries, "facts", then_somebody_ranks_it)
    assert queue_order.rank_all(now=now) == 0
    assert CallToAction.objects.get(pk=cta.pk).queue_rank == 1


def test_other_weights_order_otherwise(account: Account, now: datetime) -> None:
    QueueWeights.objects.create(due_today=7, low_priority=1)
    cta = make_cta(account=account, due_on=TODAY, priority=3)
    queue_order.rank_all(now=now)
    assert score_of(cta) == 8


def test_who_saves_other_weights_has_all_ordered_anew(admin_client) -> None:
    url = "/admin/playbooks/queueweights/add/"
    form = admin_client.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    answer = admin_client.post(url, values | {"late": 99})
    assert answer.status_code == 302
    weights = QueueWeights.objects.get()
    assert weights.late == 99
    assert apps.get_model("playbooks", "HistoricalQueueWeights").objects.count() == 1
    assert Job.objects.get().kind == "order_queue"
    assert admin_client.get(url).status_code == 403  # there is one row


def test_the_night_queues_one_job_that_ranks_all(account: Account) -> None:
    cta = make_cta(account=account, due_on=TODAY)
    order_queue_nightly()
    order_queue_nightly()
    job = Job.objects.get()
    with time_machine.travel(NOW, tick=False):
        jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.summary) == ("done", {"moved": 1})
    assert score_of(cta) == 40


def test_waking_notes_the_day(account: Account, csm: User, now: datetime) -> None:
    by_hand = make_cta(account=account, snoozed_until=TODAY + timedelta(days=3))
    by_itself = make_cta(account=account, snoozed_until=TODAY - timedelta(days=1))
    ctas.wake(cta_id=by_hand.pk, by=csm, now=now)
    ctas.wake_snoozed(now=now)
    back = Queue(csm, "mine", now).page(QueueFilter(when="woke")).object_list
    assert {cta.pk for cta in back} == {by_hand.pk, by_itself.pk}
