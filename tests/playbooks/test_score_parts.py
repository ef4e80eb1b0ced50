"""A run over all accounts in parts gives what one run gives, for any number of shards and workers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Account, Job, User
from accounts.services import jobs
from playbooks.models import CallToAction, TriggerRun
from playbooks.services.scoring import enqueue_nightly
from tests import book
from tests.book import AUGUST, OCTOBER, account_of, build, make_customer
from tests.factories import make_job
from usage.models import ScoreCard, Transition
from usage.services import exports, scoring

pytestmark = pytest.mark.django_db

COLORS = ("GYR", "RRR", "-GY", "G-R", "YYG", "GGR", "YRG")
PARAMS = {"from": "2026-08", "to": "2026-10", "edition": None, "account_ids": None}


@pytest.fixture
def customers(csm: User) -> list[Account]:
    """Seven, with the ids from 30 to 36."""
    book.load_edition()
    book.make_triggers()
    instances = [make_customer(csm, pk=pk) for pk in range(30, 30 + len(COLORS))]
    for instance, colors in zip(instances, COLORS, strict=True):
        build(instance, colors)
    return [account_of(instance) for instance in instances]


def run_part(part: Job) -> None:
    jobs.run(part.pk)


def run_job(*, wake_up: bool = False) -> Job:
    job = make_job(kind="score", params=PARAMS, is_bulk=True)
    jobs.work(job.pk, wake=run_part if wake_up else None)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return job


def state() -> list[object]:
    ctas = CallToAction.objects.order_by("dedupe_key")
    return [
        list(exports.account_scores(AUGUST, OCTOBER)),
        list(exports.transitions()),
        list(ctas.values_list("dedupe_key", "title", "summary", "priority")),
    ]


@pytest.mark.parametrize(("size", "shards"), [(1_000, 1), (3, 3), (1, 7)])
@pytest.mark.parametrize("wake_up", [False, True], ids=["one worker", "others take parts"])
def test_any_number_of_shards_gives_what_one_run_gives(
    customers: list[Account],
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    shards: int,
    *,
    wake_up: bool,
) -> None:
    outcome = book.score()
    expected = state()
    for model in (CallToAction, Transition, ScoreCard):
        model.objects.all().delete()
    monkeypatch.setattr(scoring, "SHARD_SIZE", size)
    assert len(list(scoring.shards())) == shards
    job = run_job(wake_up=wake_up)
    assert state() == expected
    assert job.summary == outcome.summary()


def test_the_triggers_run_once(customers: list[Account]) -> None:
    run_job()
    assert TriggerRun.objects.count() == 2
    assert CallToAction.objects.exists()


def test_the_progress_is_that_of_all_accounts(customers: list[Account]) -> None:
    job = run_job()
    assert (job.done_count, job.total_count) == (len(customers), len(customers))


def test_an_unknown_edition_fails_before_it_is_split(customers: list[Account]) -> None:
    job = make_job(kind="score", params=PARAMS | {"edition": "1999"})
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert not job.parts.exists()


def test_a_job_whose_worker_was_killed_goes_on_where_it_was(customers: list[Account]) -> None:
    run_job()
    before = state()
    job = make_job(kind="score", params=PARAMS, is_bulk=True)
    claimed = jobs.claim(job_id=job.pk, now=timezone.now())
    assert claimed is not None
    jobs.requeue_stalled(now=timezone.now() + 2 * settings.JOB_STALLED_AFTER)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.summary["unchanged"]) == (Job.State.DONE, ScoreCard.objects.count())
    assert state() == before


def test_the_nightly_run_is_bulk(customers: list[Account], now: datetime) -> None:
    job = enqueue_nightly(now=now + timedelta(hours=1))
    assert job is not None
    assert job.is_bulk
