from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Job
from tests.factories import NOW, make_job

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


ACCOUNTS = {"account_ids": [4711]}


def test_everyone_who_is_signed_in_sees_the_jobs_and_how_they_stand(viewer_client) -> None:
    make_job(kind="score", state="failed")
    page = viewer_client.get(reverse("accounts:jobs")).text
    assert "Score #" in page
    assert '<span class="state failed">Failed</span>' in page


@pytest.mark.parametrize("name", ["jobs", "job"])
def test_who_configures_reads_what_went_wrong(admin_client, name) -> None:
    job = make_job(state="failed", error="The disk is full.", params=ACCOUNTS)
    page = admin_client.get(reverse(f"accounts:{name}", args=[job.pk] if name == "job" else []))
    assert "The disk is full." in page.text
    assert ("4711" in page.text) == (name == "job")


@pytest.mark.parametrize("name", ["jobs", "job"])
def test_others_read_neither_errors_nor_whose_accounts_a_job_is_about(csm_client, name) -> None:
    job = make_job(state="failed", error="The disk is full.", params=ACCOUNTS)
    page = csm_client.get(reverse(f"accounts:{name}", args=[job.pk] if name == "job" else []))
    assert "The disk is full." not in page.text
    assert "4711" not in page.text


def test_who_configures_finds_the_request_that_asked_for_it(admin_client, csm_client) -> None:
    path = reverse("accounts:job", args=[make_job(request_id="req-4711").pk])
    assert "req-4711" in admin_client.get(path).text
    assert "req-4711" not in csm_client.get(path).text


def test_jobs_are_filtered_by_state(csm_client) -> None:
    done, failed = make_job(state="done"), make_job(state="failed")
    page = csm_client.get(reverse("accounts:jobs"), {"state": "failed"}).text
    assert str(failed) in page
    assert str(done) not in page


def test_fifty_jobs_make_a_page(csm_client, django_assert_max_num_queries) -> None:
    for _ in range(60):
        make_job(state="done")
    with django_assert_max_num_queries(6):
        page = csm_client.get(reverse("accounts:jobs"), {"state": "done"}).text
    assert page.count("data-row") == 50
    assert 'href="?state=done&amp;page=2"' in page


def test_a_list_asks_again_only_while_something_moves(csm_client) -> None:
    make_job(state="done")
    assert "hx-trigger" not in csm_client.get(reverse("accounts:jobs")).text
    make_job(state="running", heartbeat_at=NOW)
    assert 'hx-trigger="every 2s"' in csm_client.get(reverse("accounts:jobs")).text


def test_a_running_job_shows_how_far_it_is(csm_client) -> None:
    job = make_job(state="running", total_count=40, done_count=10, started_at=NOW)
    page = csm_client.get(reverse("accounts:job", args=[job.pk])).text
    assert 'value="25" max="100"' in page
    assert "10 of 40" in page
    assert 'hx-trigger="every 2s"' in page


def test_a_finished_job_shows_what_came_of_it_and_rests(csm_client) -> None:
    job = make_job(
        state="done", summary={"cards": 234}, started_at=NOW - timedelta(seconds=9), finished_at=NOW
    )
    page = csm_client.get(reverse("accounts:job", args=[job.pk])).text
    assert "<dt>cards</dt><dd>234</dd>" in page
    assert "after 9 seconds" in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize("name", ["jobs", "job"])
def test_a_part_is_not_a_whole_page(csm_client, name) -> None:
    job = make_job()
    address = reverse(f"accounts:{name}", args=[job.pk] if name == "job" else [])
    part = csm_client.get(address, headers=HTMX).text
    assert part.lstrip().startswith("<section")


def test_an_admin_retries_a_failed_job(admin_client) -> None:
    job = make_job(state="failed", attempts=5)
    answer = admin_client.post(reverse("accounts:retry_job", args=[job.pk]), follow=True)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert f"Job {job.pk} is queued again." in answer.text


def test_what_cannot_be_retried_is_told(admin_client) -> None:
    job = make_job(state="done")
    answer = admin_client.post(reverse("accounts:retry_job", args=[job.pk]), follow=True)
    assert "nothing to retry" in answer.text


def test_only_who_configures_may_retry(csm_client) -> None:
    job = make_job(state="failed")
    address = reverse("accounts:retry_job", args=[job.pk])
    assert csm_client.post(address).status_code == 403
    assert address not in csm_client.get(reverse("accounts:job", args=[job.pk])).text


def test_a_job_that_is_not_there_is_not_found(csm_client) -> None:
    assert csm_client.get(reverse("accounts:job", args=[404])).status_code == 404
