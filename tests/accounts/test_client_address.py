"""Whose wrong passwords lock whom out, with and without a proxy in front."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.client_address import client_address
from tests.factories import make_user

PROXY = "10.0.0.1"
PASSWORD = "stands-tall-4-tests"


@pytest.mark.parametrize(
    ("count", "forwarded", "expected"),
    [
        pytest.param(0, "203.0.113.9", PROXY, id="no proxy: the header is the caller's own word"),
        pytest.param(1, "203.0.113.9", "203.0.113.9", id="one proxy names its caller"),
        pytest.param(1, "6.6.6.6, 203.0.113.9", "203.0.113.9", id="a hop made up by the caller"),
        pytest.param(1, '6.6.6.6, ", 203.0.113.9', "203.0.113.9", id="a quote hides no hop"),
        pytest.param(2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9", id="two proxies"),
        pytest.param(2, "203.0.113.9", PROXY, id="a caller who went round the first of two"),
        pytest.param(1, None, PROXY, id="a proxy that does not forward addresses"),
        pytest.param(1, "203.0.113.9:4711", "203.0.113.9", id="a port behind the address"),
        pytest.param(1, "[2001:DB8::9]:4711", "2001:db8::9", id="IPv6 with a port"),
        pytest.param(1, "2001:db8::9", "2001:db8::9", id="IPv6"),
        pytest.param(1, "unknown", PROXY, id="no address at all"),
        pytest.param(1, "[", PROXY, id="not even the form of one"),
    ],
)
def test_the_caller_is_found_behind_the_proxies(settings, count, forwarded, expected) -> None:
    settings.PROXY_COUNT = count
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory(REMOTE_ADDR=PROXY, headers=headers).get("/")
    assert client_address(request) == expected


def test_a_socket_has_no_address(settings) -> None:
    assert client_address(RequestFactory(REMOTE_ADDR="").get("/")) is None


@pytest.fixture
def behind_a_proxy(settings, db) -> None:
    settings.PROXY_COUNT = 1
    make_user(email="cleo@foothold.example", password=PASSWORD)


def sign_in(address: str, password: str, *, made_up: str = "") -> int:
    client = Client(REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": f"{made_up}{address}"})
    form = {"username": "cleo@foothold.example", "password": password}
    return client.post(reverse("login"), form).status_code


def test_a_strangers_guesses_lock_the_stranger_and_not_the_owner(behind_a_proxy) -> None:
    guesses = [sign_in("203.0.113.9", "guess") for _ in range(10)]
    assert guesses[-1] == 429
    assert sign_in("203.0.113.9", PASSWORD) == 429
    assert sign_in("198.51.100.7", PASSWORD) == 302


def test_made_up_hops_are_no_way_round_the_lock(behind_a_proxy) -> None:
    guesses = [sign_in("203.0.113.9", "guess", made_up=f"6.6.6.{n}, ") for n in range(10)]
    assert guesses[-1] == 429
