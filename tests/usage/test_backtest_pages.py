"""The page of a backtest and its API: asked for by admins, shown when it is done, exported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Job, User
from accounts.services import jobs
from tests import factories as make
from tests.api import ROOT, fault, post, token_client
from tests.usage import outcome_book as book
from usage.models import Backtest, Edition
from usage.services import backtests
from usage.services.backtests import Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return make.make_edition()


@pytest.fixture
def admin_token(edition: Edition) -> Client:
    user = make.make_user(User.Role.ADMIN, email="lab@foothold.example")
    return token_client(user, "read", "configure")


def address(edition: Edition, part: str = "") -> str:
    return f"/editions/{edition.pk}/backtest/{part}"


def done(edition: Edition, *, size: int = 12) -> Backtest:
    """A backtest of a small book, finished."""
    book.build(size, book.planted(), lost_share=0.5)
    wish = Wish(leads=(3, 6), resamples=20, known="recorded")
    asked = backtests.ask(edition_id=edition.pk, wish=wish, now=make.NOW)
    backtests.run(asked, now=make.NOW)
    return asked


def test_without_outcomes_the_page_says_how_they_come(
    admin_client: Client, edition: Edition
) -> None:
    page = admin_client.get(address(edition)).content.decode()
    assert "import_outcomes FILE" in page
    assert "0 outcomes are stored" in page


def test_with_outcomes_it_asks_to_start(admin_client: Client, edition: Edition) -> None:
    make.make_outcome()
    assert "start one above" in admin_client.get(address(edition)).content.decode()


def test_starting_one_queues_it_and_shows_that_it_runs(
    admin_client: Client, edition: Edition
) -> None:
    form = {"leads": "6, 3", "target": "loss", "known": "recorded"}
    response = admin_client.post(address(edition, "start/"), form, follow=True)
    asked = Backtest.objects.get()
    assert (asked.leads, asked.target, asked.known) == ([3, 6], "loss", "recorded")
    assert asked.job is not None
    assert asked.job.state == Job.State.QUEUED
    page = response.content.decode()
    assert "The backtest has been started." in page
    assert "The backtest runs" in page
    assert 'hx-trigger="every 2s"' in page


def test_one_whose_job_failed_says_so_and_polls_no_more(
    admin_client: Client, edition: Edition
) -> None:
    job = make.make_job(state=Job.State.FAILED)
    make.make_backtest(edition=edition, job=job)
    page = admin_client.get(address(edition)).content.decode()
    assert "It failed: its job says why." in page
    assert "hx-trigger" not in page


def test_one_whose_job_is_gone_says_so(admin_client: Client, edition: Edition) -> None:
    make.make_backtest(edition=edition)
    assert "start it again" in admin_client.get(address(edition)).content.decode()


@pytest.mark.parametrize("leads", ["", "three", "0", "99"])
def test_leads_that_are_none_are_told(admin_client: Client, edition: Edition, leads: str) -> None:
    form = {"leads": leads, "target": "churn", "known": "received"}
    response = admin_client.post(address(edition, "start/"), form)
    assert response.status_code == 422
    assert "field-errors" in response.content.decode()
    assert not Backtest.objects.exists()


def test_what_was_found_is_shown_in_words_charts_and_tables(
    admin_client: Client, edition: Edition
) -> None:
    found = done(edition)
    page = admin_client.get(address(edition)).content.decode()
    for text in (*found.result["sentences"], *found.result["caveats"]):
        assert text in page.replace("&#x27;", "'")
    assert page.count('role="img"') == 4
    assert "By segment" in page
    assert found.input_hash in page


def test_a_part_of_the_page_is_the_result_alone(admin_client: Client, edition: Edition) -> None:
    part = admin_client.get(address(edition), headers={"HX-Request": "true"}).content.decode()
    assert 'id="backtest"' in part
    assert "<html" not in part


def test_the_table_is_exported_and_that_is_noted(admin_client: Client, edition: Edition) -> None:
    done(edition)
    response = admin_client.get(address(edition), {"format": "csv"})
    header, first, *rest = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert header.startswith("lead_months,alarm,segment,outcomes,unscored")
    assert first.startswith("3,Red,,12,0,0,")
    assert len(rest) > 10
    assert AuditEntry.objects.filter(verb="export.backtest").count() == 1


def test_without_any_there_is_no_table(admin_client: Client, edition: Edition) -> None:
    page = admin_client.get(address(edition), {"format": "csv"})
    assert page.headers["Content-Type"].startswith("text/html")


def test_who_sees_only_a_team_does_not_see_figures_of_all(
    manager_client: Client, edition: Edition
) -> None:
    done(edition, size=2)
    assert manager_client.get(address(edition)).status_code == 403


def test_the_page_costs_the_same_for_any_number_of_outcomes(
    admin_client: Client, edition: Edition, django_assert_max_num_queries: Any
) -> None:
    done(edition, size=40)
    with django_assert_max_num_queries(9):
        admin_client.get(address(edition))


def test_the_api_asks_and_tells(admin_token: Client, edition: Edition) -> None:
    book.build(4, book.planted())
    body = {"leads": [6, 3], "known": "recorded"}
    response = post(admin_token, f"/editions/{edition.pk}/backtest/start/", body)
    assert response.status_code == 201
    asked = response.json()
    assert (asked["leads"], asked["target"], asked["result"]) == ([3, 6], "churn", {})
    jobs.run(asked["job"])
    found = admin_token.get(f"{ROOT}/editions/{edition.pk}/backtest/").json()
    assert found["id"] == asked["id"]
    assert found["result"]["cases"] == 4
    assert json.dumps(found["result"]["figures"])


def test_the_api_says_where_none_was_asked(admin_token: Client, edition: Edition) -> None:
    response = admin_token.get(f"{ROOT}/editions/{edition.pk}/backtest/")
    assert fault(response) == (404, "not_found", None)


def test_the_api_refuses_leads_that_are_none(admin_token: Client, edition: Edition) -> None:
    response = post(admin_token, f"/editions/{edition.pk}/backtest/start/", {"leads": [0]})
    assert response.status_code == 400
