"""A write that names a key is done once and answered as often as it is made."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import idempotency as header
from accounts.models import Account, IdempotencyKey, User
from accounts.services import idempotency
from accounts.tasks import purge_idempotency_keys
from playbooks.models import CallToAction, CTAEvent
from tests import factories
from tests.api import ROOT, fault, post, token_client
from tests.usage.payloads import HOSTNAME, UUID, line
from usage.api import pings
from usage.models import RawPayload, RejectedRow
from usage.services.ingest import Ingestion

KEY: dict[str, Any] = {"headers": {"idempotency-key": "k-1"}}
PING = f"{ROOT}/usage/service-pings/"


@pytest.fixture
def client(csm: User) -> Client:
    return token_client(csm)


def opened(client: Client, account: Account, **more: Any) -> Any:
    body = {"account": account.external_id, "title": "Call", "type": "risk", "due_on": "2026-12-01"}
    return post(client, "/ctas/", body | more, **KEY)


def test_the_same_call_again_gets_the_same_answer_and_does_nothing(client, account) -> None:
    first, again = opened(client, account), opened(client, account)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert CallToAction.objects.count() == 1


def test_without_a_key_a_call_is_made_each_time(client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account)
    for _ in range(2):
        post(client, f"/ctas/{cta.pk}/comment/", {"text": "Spoke to them."})
    assert CTAEvent.objects.filter(cta=cta, kind="commented").count() == 2
    assert not IdempotencyKey.objects.exists()


def test_an_action_is_done_once(client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account)
    for _ in range(2):
        answer = post(client, f"/ctas/{cta.pk}/comment/", {"text": "Spoke to them."}, **KEY)
        assert answer.status_code == 200
    assert CTAEvent.objects.filter(cta=cta, kind="commented").count() == 1


def test_a_key_of_another_body_is_refused(client: Client, account: Account) -> None:
    opened(client, account)
    assert fault(opened(client, account, title="Mail")) == (422, "idempotency_key_reused", None)
    assert CallToAction.objects.count() == 1


def test_a_key_of_another_path_is_refused(client: Client, account: Account) -> None:
    one, other = factories.make_cta(account=account), factories.make_cta(account=account)
    post(client, f"/ctas/{one.pk}/start/", **KEY)
    answer = post(client, f"/ctas/{other.pk}/start/", **KEY)
    assert fault(answer) == (422, "idempotency_key_reused", None)


def test_callers_do_not_share_keys(client: Client, account: Account, csm: User) -> None:
    other = token_client(csm)
    assert opened(client, account).status_code == opened(other, account).status_code == 201
    assert CallToAction.objects.count() == 2


def test_a_call_that_was_refused_may_be_mended(client: Client, account: Account) -> None:
    assert opened(client, account, type="none").status_code == 400
    assert opened(client, account).status_code == 201


def test_a_rule_that_was_in_the_way_leaves_no_key(client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account, status="success", closed_at=factories.NOW)
    assert post(client, f"/ctas/{cta.pk}/start/", **KEY).status_code == 409
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "Schlüssel"])
def test_a_key_that_is_none_is_refused(client: Client, account: Account, key: str) -> None:
    answer = post(
        client,
        f"/ctas/{factories.make_cta(account=account).pk}/start/",
        headers={"idempotency-key": key},
    )
    assert fault(answer) == (400, "invalid", "Idempotency-Key")


def test_a_form_is_still_refused_as_one(client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account)
    answer = client.post(f"{ROOT}/ctas/{cta.pk}/start/", {"a": "b"}, **KEY)
    assert fault(answer) == (415, "unsupported_media_type", None)


def test_a_reader_needs_no_key(client: Client, account: Account) -> None:
    assert client.get(f"{ROOT}/accounts/", **KEY).status_code == 200
    assert not IdempotencyKey.objects.exists()


def test_a_crash_before_the_answer_is_stored_leaves_neither(client, account, monkeypatch) -> None:
    class Killed(Exception):
        pass

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(header, "keep", die)
        with pytest.raises(Killed):
            opened(client, account)
    assert not CallToAction.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert opened(client, account).status_code == 201


def test_keys_are_forgotten_after_a_day(client: Client, account: Account) -> None:
    opened(client, account)
    stored = IdempotencyKey.objects.get()
    later = stored.created_at + timedelta(hours=24)
    assert idempotency.purge_idempotency_keys(now=later) == 0
    assert idempotency.purge_idempotency_keys(now=later + timedelta(seconds=1)) == 1


def test_the_task_forgets_them(client: Client, account: Account, now: datetime) -> None:
    opened(client, account)
    IdempotencyKey.objects.update(created_at=now - timedelta(days=400))
    purge_idempotency_keys()
    assert not IdempotencyKey.objects.exists()


# --- Payloads -----------------------------------------------------------------------------------------


@pytest.fixture
def service(db: None) -> Client:
    return token_client(factories.make_user(User.Role.SERVICE))


def send(client: Client, body: bytes, **more: Any) -> Any:
    return client.post(PING, body, content_type="application/json", **(KEY | more))


def send_bulk(client: Client, *lines: bytes, **more: Any) -> Any:
    body = b"\n".join(lines)
    return client.post(f"{PING}bulk/", body, content_type="application/x-ndjson", **(KEY | more))


def test_a_payload_is_answered_the_same(service: Client) -> None:
    first, again = send(service, line()), send(service, line())
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again["Idempotent-Replayed"] == "true"


def test_another_payload_under_the_key_is_refused(service: Client) -> None:
    send(service, line())
    other = send(service, line(recorded_at="2026-11-01T03:00:00Z"))
    assert fault(other) == (422, "idempotency_key_reused", None)


def test_a_payload_that_is_refused_is_kept_and_refused_again(service: Client) -> None:
    assert [send(service, b"{").status_code for _ in range(2)] == [400, 400]
    assert RejectedRow.objects.count() == 1


def test_a_bulk_call_is_answered_the_same(service: Client) -> None:
    first, again = send_bulk(service, line(), b"{"), send_bulk(service, line(), b"{")
    assert (
        (first.status_code, first.content)
        == (again.status_code, again.content)
        == (
            207,
            first.content,
        )
    )


def test_packing_does_not_make_it_another_call(service: Client) -> None:
    first = send_bulk(service, line())
    packed = service.post(
        f"{PING}bulk/",
        gzip.compress(line()),
        content_type="application/x-ndjson",
        headers={"idempotency-key": "k-1", "content-encoding": "gzip"},
    )
    assert packed.content == first.content


def test_after_a_crash_between_batches_the_counts_are_those_of_an_unbroken_call(
    service: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    factories.make_instance(external_id=UUID, hostname=HOSTNAME)
    monkeypatch.setattr("usage.services.ingest.LINES_PER_BATCH", 1)
    lines = [line(recorded_at=f"2026-{month:02d}-01T03:00:00Z") for month in (8, 9, 10)]
    store = Ingestion.store
    stored: list[int] = []

    def store_two(self: Ingestion, batch: Any, **more: Any) -> Any:
        if len(stored) == 2:
            raise Killed
        stored.append(1)
        return store(self, batch, **more)

    with monkeypatch.context() as dying:
        dying.setattr(Ingestion, "store", store_two)
        with pytest.raises(Killed):
            send_bulk(service, *lines)
    assert RawPayload.objects.count() == 2
    answer = send_bulk(service, *lines)
    assert {row["result"] for row in answer.json()["results"]} == {"accepted"}
    assert RawPayload.objects.count() == 3


def test_a_batch_that_is_not_stored_is_not_noted(service: Client, monkeypatch) -> None:
    class Killed(Exception):
        pass

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(pings, "keep_part", die)
        with pytest.raises(Killed):
            send_bulk(service, line())
    assert not RawPayload.objects.exists()
    assert IdempotencyKey.objects.get().parts == {}
