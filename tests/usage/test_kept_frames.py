"""Frames are kept until the data changes, and forgotten where data is erased."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from accounts.models import Job, User
from accounts.services import erasure, jobs
from tests import factories
from tests.factories import NOW
from tests.usage.payloads import HOSTNAME, UUID, ingest, line
from usage.models import Instance, KeptFrame
from usage.services import consent, kept_frames, labels

pytestmark = pytest.mark.django_db

FRAME = pl.DataFrame({"account_id": [1, 2], "value": [0.5, None]})
LONG_AGO = NOW - timedelta(days=1)


@pytest.fixture
def instance(db: None) -> Instance:
    found = factories.make_instance(external_id=UUID, hostname=HOSTNAME)
    ingest(line())
    done_scoring()
    return found


def done_scoring() -> None:
    """What waits to be scored has been."""
    queued = Job.objects.filter(state=Job.State.QUEUED)
    queued.update(state=Job.State.DONE, started_at=NOW, finished_at=NOW)


def keep() -> str:
    good = kept_frames.stamp()
    assert good is not None
    kept_frames.keep({"a": FRAME}, good, now=NOW)
    return good


def is_good() -> bool:
    return "a" in kept_frames.load(["a"], kept_frames.stamp(), since=LONG_AGO)


def test_a_frame_comes_back_as_it_was_or_some_of_its_columns(instance: Instance) -> None:
    good = keep()
    kept = kept_frames.load(["a", "b"], good, since=LONG_AGO)["a"]
    assert kept_frames.content(kept).equals(FRAME)
    assert kept_frames.columns(kept) == ["account_id", "value"]
    assert kept_frames.content(kept, ["value"]).equals(FRAME.select("value"))
    assert kept.made_at == NOW


def test_a_new_payload_ends_it(instance: Instance) -> None:
    keep()
    ingest(line(recorded_at="2026-10-29T03:00:00Z"))
    assert not is_good()
    done_scoring()
    assert not is_good()


def test_a_label_ends_it(instance: Instance, admin: User) -> None:
    keep()
    labels.label(instance_ids=[instance.pk], kind=Instance.Kind.OBSOLETE, by=admin, now=NOW)
    assert not is_good()
    Job.objects.filter(state=Job.State.QUEUED).update(
        state=Job.State.DONE, started_at=NOW + timedelta(minutes=1), finished_at=NOW
    )
    assert not is_good()


@pytest.mark.parametrize(
    "make",
    [factories.make_account, factories.make_subscription, factories.make_instance],
    ids=["account", "subscription", "instance"],
)
def test_a_new_row_that_nobody_asked_to_score_ends_it(instance: Instance, make) -> None:
    keep()
    make()
    assert not is_good()


def test_while_a_scoring_waits_nothing_is_kept(instance: Instance) -> None:
    good = kept_frames.stamp()
    factories.make_job(kind="score", state=Job.State.QUEUED)
    assert kept_frames.stamp() is None
    kept_frames.keep({"a": FRAME}, good, now=NOW)
    kept_frames.keep({"a": FRAME}, None, now=NOW)
    assert not KeptFrame.objects.exists()


def test_keeping_drops_what_was_of_other_data(instance: Instance) -> None:
    keep()
    factories.make_account()
    kept_frames.keep({"b": FRAME}, kept_frames.stamp(), now=NOW)
    assert list(KeptFrame.objects.values_list("name", flat=True)) == ["b"]


def test_a_day_old_frame_is_not_taken_and_goes(instance: Instance) -> None:
    good = keep()
    assert not kept_frames.load(["a"], good, since=NOW)
    kept_frames.drop_old(now=NOW)
    assert KeptFrame.objects.exists()
    kept_frames.drop_old(now=NOW + kept_frames.MOST_AGE)
    assert not KeptFrame.objects.exists()


def test_withdrawn_consent_leaves_no_frame(instance: Instance, admin: User) -> None:
    keep()
    assert instance.subscription is not None
    consent.withdraw(account_id=instance.subscription.account_id, by=admin, now=NOW)
    assert not KeptFrame.objects.exists()


def test_an_erased_account_leaves_no_frame(instance: Instance, admin: User) -> None:
    keep()
    assert instance.subscription is not None
    erasure.request(account_id=instance.subscription.account_id, by=admin, now=NOW)
    jobs.run(Job.objects.get(kind=erasure.ERASE).pk)
    assert not KeptFrame.objects.exists()
