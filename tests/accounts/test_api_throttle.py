"""Each token and each person has a limit of their own."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from redis.exceptions import RedisError
from rest_framework.views import APIView

from accounts.models import User
from accounts.throttling import CallerThrottle
from tests.api import ROOT, fault, token_client

ACCOUNTS = f"{ROOT}/accounts/"


@pytest.fixture(autouse=True)
def two_a_minute(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttle"}
    settings.CACHES = {"default": memory}
    cache.clear()
    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"caller": "2/min"})


def test_who_calls_too_often_is_told_when_to_come_back(csm_client: Client) -> None:
    statuses = [csm_client.get(ACCOUNTS).status_code for _ in range(2)]
    refused = csm_client.get(ACCOUNTS)
    assert statuses == [200, 200]
    assert fault(refused) == (429, "throttled", None)
    assert 0 < int(refused["Retry-After"]) <= 60


def test_a_busy_token_does_not_hold_up_another_of_its_user(csm: User) -> None:
    busy, other = token_client(csm), token_client(csm)
    for _ in range(3):
        busy.get(ACCOUNTS)
    assert other.get(ACCOUNTS).status_code == 200


def test_a_lost_redis_stops_nobody(csm_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class LostRedis:
        def get(self, *args: object) -> None:
            raise RedisError

    monkeypatch.setattr(CallerThrottle, "cache", LostRedis())
    assert csm_client.get(ACCOUNTS).status_code == 200


def test_who_is_not_known_is_not_counted() -> None:
    asked = APIView().initialize_request(RequestFactory().get(ACCOUNTS))
    assert CallerThrottle().get_cache_key(asked, APIView()) is None
