"""Each token and each person has a limit of their own, and is told of it; who guesses has one too."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import RedisError

from accounts import throttling
from accounts.models import User
from accounts.throttling import Limit
from tests.api import ROOT, fault, token_client

ACCOUNTS = f"{ROOT}/accounts/"
WRONG = {"authorization": f"Token {'0' * 64}"}


@pytest.fixture(autouse=True)
def two_a_minute(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttle"}
    settings.CACHES = {"default": memory}
    cache.clear()
    monkeypatch.setattr(Limit, "rates", {"caller": "2/min", "failures": "2/min"})
    at(monkeypatch, 1_200_000_015.5)


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(Limit, "clock", lambda: seconds)


def told(response) -> tuple[str, ...]:
    return tuple(response[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def test_every_answer_says_what_is_left(csm_client: Client) -> None:
    answers = [csm_client.get(ACCOUNTS) for _ in range(2)]
    assert [told(answer) for answer in answers] == [("2", "1", "45"), ("2", "0", "45")]


def test_an_error_says_what_is_left_too(csm_client: Client) -> None:
    assert told(csm_client.get(f"{ROOT}/accounts/0/")) == ("2", "1", "45")


def test_who_calls_too_often_is_told_when_to_come_back(csm_client: Client) -> None:
    statuses = [csm_client.get(ACCOUNTS).status_code for _ in range(2)]
    refused = csm_client.get(ACCOUNTS)
    assert statuses == [200, 200]
    assert fault(refused) == (429, "throttled", None)
    assert refused["Retry-After"] == "45"
    assert told(refused) == ("2", "0", "45")


def test_the_next_minute_begins_anew(csm_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        csm_client.get(ACCOUNTS)
    at(monkeypatch, 1_200_000_060)
    assert told(csm_client.get(ACCOUNTS)) == ("2", "1", "60")


def test_a_busy_token_does_not_hold_up_another_of_its_user(csm: User) -> None:
    busy, other = token_client(csm), token_client(csm)
    for _ in range(3):
        busy.get(ACCOUNTS)
    assert other.get(ACCOUNTS).status_code == 200


def test_a_lost_redis_stops_nobody(csm_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class LostRedis:
        def add(self, *args: object, **kwargs: object) -> None:
            raise RedisError

    monkeypatch.setattr(throttling, "cache", LostRedis())
    answer = csm_client.get(ACCOUNTS)
    assert answer.status_code == 200
    assert "X-RateLimit-Limit" not in answer


def test_a_count_that_was_just_forgotten_begins_again(csm_client: Client, settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert {csm_client.get(ACCOUNTS).status_code for _ in range(3)} == {200}


def test_who_is_not_known_is_not_counted(client: Client) -> None:
    answers = [client.get(ACCOUNTS) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {401}
    assert "X-RateLimit-Limit" not in answers[0]


def test_wrong_tokens_of_an_address_come_to_an_end(client: Client, db: None) -> None:
    statuses = [client.get(ACCOUNTS, headers=WRONG).status_code for _ in range(2)]
    refused = client.get(ACCOUNTS, headers=WRONG)
    assert statuses == [401, 401]
    assert fault(refused) == (429, "throttled", None)
    assert refused["Retry-After"] == "45"


def test_wrong_tokens_do_not_shut_out_others_at_their_address(client: Client, csm: User) -> None:
    for _ in range(3):
        client.get(ACCOUNTS, headers=WRONG)
    assert token_client(csm).get(ACCOUNTS).status_code == 200
    assert client.get(ACCOUNTS, headers=WRONG, REMOTE_ADDR="192.0.2.7").status_code == 401
