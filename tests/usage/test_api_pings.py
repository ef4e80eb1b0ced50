"""Payloads over the API: a result for every row, and nothing lost behind a 200."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Job, User
from tests import factories
from tests.api import ROOT, fault, token_client
from tests.usage.payloads import HOSTNAME, UUID, line
from usage.api import bodies, pings
from usage.models import Instance, RawPayload, RejectedRow

pytestmark = pytest.mark.django_db

ONE = f"{ROOT}/usage/service-pings/"
MANY = f"{ROOT}/usage/service-pings/bulk/"


@pytest.fixture
def service(db: None) -> Client:
    return token_client(factories.make_user(User.Role.SERVICE))


@pytest.fixture
def mapped(db: None) -> Instance:
    return factories.make_instance(external_id=UUID, hostname=HOSTNAME)


def send(client: Client, body: bytes, **headers: str) -> Any:
    return client.post(ONE, body, content_type="application/json", headers=headers)


def send_many(client: Client, *lines: bytes, **headers: str) -> Any:
    return send_bulk(client, b"\n".join(lines), **headers)


def send_bulk(client: Client, body: bytes, **headers: str) -> Any:
    return client.post(MANY, body, content_type="application/x-ndjson", headers=headers)


GZIP = {"content-encoding": "gzip"}


# --- one ------------------------------------------------------------------------------------------
def test_a_payload_is_accepted_once_and_scored(service: Client, mapped: Instance) -> None:
    answers = [send(service, line()) for _ in range(2)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (201, {"result": "accepted"}),
        (200, {"result": "unchanged"}),
    ]
    assert RawPayload.objects.count() == Job.objects.count() == 1


def test_a_correction_replaces(service: Client, mapped: Instance) -> None:
    send(service, line())
    answer = send(service, line(version="19"))
    assert (answer.status_code, answer.json()) == (200, {"result": "replaced"})


def test_an_unknown_instance_waits(service: Client) -> None:
    answer = send(service, line())
    assert (answer.status_code, answer.json()) == (202, {"result": "unmapped"})


def test_a_packed_payload_is_accepted(service: Client, mapped: Instance) -> None:
    assert send(service, gzip.compress(line()), **GZIP).status_code == 201


def test_a_payload_may_be_written_over_several_lines(service: Client, mapped: Instance) -> None:
    assert send(service, json.dumps(json.loads(line()), indent=2).encode()).status_code == 201


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        pytest.param(line(recorded_at="soon"), "recorded_at", id="a bad field"),
        pytest.param(b'{"counts": {"a": NaN}}', "counts.a", id="a bad metric"),
        pytest.param(b"{", "non_field_errors", id="no JSON"),
        pytest.param(b"", "non_field_errors", id="nothing"),
    ],
)
def test_a_bad_payload_is_refused_by_field_and_kept(
    service: Client, body: bytes, attribute: str
) -> None:
    assert fault(send(service, body)) == (400, "invalid", attribute)
    row = RejectedRow.objects.get()
    assert (row.kind, row.source, row.text) == ("service_ping", "API", body.decode())


# --- many -----------------------------------------------------------------------------------------
def test_every_row_has_its_result(service: Client, mapped: Instance) -> None:
    answer = send_many(service, line(), b"", line(), b"{", line(uuid="u-2"))
    assert answer.status_code == 207
    told = answer.json()
    assert told["counts"] == {
        "accepted": 1, "replaced": 0, "unchanged": 1, "unmapped": 1, "rejected": 1,
    }  # fmt: skip
    assert [(row["line"], row["result"]) for row in told["results"]] == [
        (1, "accepted"),
        (3, "unchanged"),
        (4, "rejected"),
        (5, "unmapped"),
    ]
    assert told["results"][2]["reason"].startswith("is not JSON")
    assert RejectedRow.objects.get().line == 4


def test_where_every_row_is_stored_the_answer_is_200(service: Client, mapped: Instance) -> None:
    answer = send_many(service, line(), line(recorded_at="2026-09-06T03:00:00Z"))
    assert answer.status_code == 200
    assert RawPayload.objects.count() == 2


def test_rows_may_be_packed(service: Client, mapped: Instance) -> None:
    assert send_bulk(service, gzip.compress(line() + b"\n"), **GZIP).status_code == 200


def test_of_too_many_rows_none_is_stored(
    service: Client, mapped: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pings, "MOST_ROWS", 2)
    assert send_many(service, line(), b"{", b"").status_code == 207
    RejectedRow.objects.all().delete()
    assert fault(send_many(service, line(), b"{", b"{")) == (413, "body_too_large", None)
    assert not RejectedRow.objects.exists()


def test_blank_lines_are_rows_to_read_too(
    service: Client, mapped: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pings, "MOST_ROWS", 2)
    for body in (b"\n" * 3, line() + b"\n\n\n", b"\n\n" + line()):
        assert fault(send_bulk(service, body)) == (413, "body_too_large", None)
    assert not RawPayload.objects.exists()


# --- caps -----------------------------------------------------------------------------------------
def test_a_body_that_is_too_large_is_refused(
    service: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SENT_BYTES", 100)
    assert fault(send_many(service, line())) == (413, "body_too_large", None)


def test_a_bomb_is_not_unpacked(service: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies.PayloadsParser, "longest", 1_000_000)
    bomb = gzip.compress(b"\0" * 30_000_000)
    assert fault(send_bulk(service, bomb, **GZIP)) == (413, "body_too_large", None)


def test_what_is_packed_twice_is_unpacked_once(service: Client, mapped: Instance) -> None:
    twice = gzip.compress(gzip.compress(line()))
    answer = send_bulk(service, twice, **GZIP)
    assert answer.status_code == 207
    assert answer.json()["counts"]["accepted"] == 0
    assert not RawPayload.objects.exists()


def test_a_body_that_was_cut_off_is_refused_and_nothing_stored(
    service: Client, mapped: Instance
) -> None:
    cut = gzip.compress(line())[:-8]
    assert fault(send_bulk(service, cut, **GZIP)) == (400, "parse_error", None)
    assert not RawPayload.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [("application/json", "identity"), ("text/plain", "identity"), ("application/x-ndjson", "br")],
)
def test_another_type_or_packing_is_refused(
    service: Client, content_type: str, encoding: str
) -> None:
    headers = {"content-encoding": encoding}
    answer = service.post(MANY, line(), content_type=content_type, headers=headers)
    assert fault(answer) == (415, "unsupported_media_type", None)


def test_an_unknown_parameter_is_refused(service: Client) -> None:
    answer = service.post(f"{ONE}?dry_run=1", line(), content_type="application/json")
    assert fault(answer) == (400, "invalid", "dry_run")


# --- who may --------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [ONE, MANY])
def test_taking_in_needs_the_ability_and_its_scope(path: str, csm: User) -> None:
    reader = token_client(factories.make_user(User.Role.SERVICE), "read")
    for client in (reader, token_client(csm)):
        assert fault(client.post(path, line(), content_type="application/json")) == (
            403,
            "permission_denied",
            None,
        )
    assert Client().post(path, line(), content_type="application/json").status_code == 401
    assert not RawPayload.objects.exists()
