"""Support cases and survey answers over the API: many at once, and the lists of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import SupportCase, User
from tests import factories as make
from tests.api import ROOT, results, token_client

pytestmark = pytest.mark.django_db

CASE = {
    "external_id": "T-1",
    "account": "A-1",
    "opened_at": "2026-10-02T09:30:00Z",
    "priority": "urgent",
}
ANSWER = {
    "external_id": "Q-1",
    "account": "A-1",
    "kind": "nps",
    "score": 9,
    "answered_at": "2026-10-02",
}


@pytest.fixture
def service(db: None) -> Client:
    make.make_account(external_id="A-1")
    return token_client(make.make_user(User.Role.SERVICE))


def send(client: Client, path: str, *rows: Any, **headers: str) -> Any:
    body = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    return client.post(
        f"{ROOT}{path}", body, content_type="application/x-ndjson", headers=headers or None
    )


def test_rows_are_stored_and_told_one_by_one(service: Client) -> None:
    answer = send(service, "/support-cases/bulk/", CASE, "{", {**CASE, "account": "A-9"}, ["x"])
    assert answer.status_code == 207
    told = answer.json()
    assert told["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 3}
    assert [row["line"] for row in told["results"]] == [1, 2, 3, 4]
    assert told["results"][2]["field"] == "account"
    assert told["results"][3]["reason"] == "is no object"


def test_the_same_rows_again_are_unchanged(service: Client) -> None:
    send(service, "/support-cases/bulk/", CASE)
    answer = send(service, "/support-cases/bulk/", CASE)
    assert (answer.status_code, answer.json()["counts"]["unchanged"]) == (200, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mood": "good"}, "mood"),
        ({"subject": {"a": 1}}, "subject"),
        ({"subject": "\0"}, "subject"),
        ({"opened_at": None}, "opened_at"),
        ({"closed_at": True}, "closed_at"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(service: Client, change: Any, field: str) -> None:
    (row,) = send(service, "/support-cases/bulk/", {**CASE, **change}).json()["results"]
    assert (row["result"], row["field"]) == ("rejected", field)
    assert not SupportCase.objects.exists()


def test_a_call_that_names_a_key_is_answered_the_same_again(service: Client) -> None:
    first = send(service, "/survey-responses/bulk/", ANSWER, **{"Idempotency-Key": "k"})
    again = send(service, "/survey-responses/bulk/", ANSWER, **{"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"


def test_too_many_rows_are_refused_as_a_whole(service: Client) -> None:
    answer = send(service, "/support-cases/bulk/", *["{}"] * 5_001)
    assert answer.status_code == 413


def test_a_person_who_may_not_ingest_is_refused(service: Client) -> None:
    reader = token_client(make.make_user(User.Role.VIEWER), "read")
    assert send(reader, "/support-cases/bulk/", CASE).status_code == 403


def test_the_lists_say_what_came_in(service: Client) -> None:
    send(service, "/support-cases/bulk/", CASE)
    send(service, "/survey-responses/bulk/", ANSWER)
    (case,) = results(service, "/support-cases/", account="A-1", is_open="true", priority="urgent")
    (answer,) = results(service, "/survey-responses/", kind="nps")
    assert (case["external_id"], case["closed_at"]) == ("T-1", None)
    assert (answer["score"], answer["contact"]) == (9, None)
