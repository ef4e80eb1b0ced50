"""The second factor: set up, asked for, lost, reset, required."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.admin.pages import act
from tests.api import token_client
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "cleo@foothold.example", "stands-tall-4-tests"
CODES = "/second-factor/recovery-codes/"


def code_of(key: str, *, steps_away: int = 0) -> str:
    """The six digits that an authenticator app shows: RFC 6238."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps_away)
    digest = hmac.new(base64.b32decode(key), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@pytest.fixture(autouse=True)
def counted(settings) -> None:
    """Failed codes are counted and used ones remembered: in a cache."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": f"second factor {time.monotonic_ns()}",
        }
    }


@pytest.fixture
def person() -> User:
    return make_user(email=EMAIL, password=PASSWORD)


def enter_password(client: Client, page: str = ""):
    sent = {"username": EMAIL, "password": PASSWORD, "next": page}
    return client.post("/login/", sent)


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set an authenticator app up as a person does; return its key and the recovery codes."""
    client.post("/login/again/?next=/second-factor/app/", {"password": PASSWORD})
    key = client.get("/second-factor/app/").context["form"].secret
    answer = client.post("/second-factor/app/", {"code": code_of(key)}, follow=True)
    assert answer.redirect_chain == [(CODES, 302)]
    return key, re.findall(r"<li><code>(\w+)</code>", answer.text)


@pytest.fixture
def key(person: User) -> str:
    browser = Client()
    enter_password(browser)
    return set_up(browser)[0]


def who_is_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_without_one_the_password_is_enough(client, person) -> None:
    assert enter_password(client, "/portfolio/")["Location"] == "/portfolio/"
    assert who_is_in(client) == str(person.pk)


def test_with_one_the_password_is_not_enough(client, person, key) -> None:
    answer = enter_password(client)
    assert answer["Location"] == "/second-factor/code/"
    assert who_is_in(client) is None
    assert client.get("/queue/")["Location"].startswith("/login/")
    assert client.get("/api/v1/accounts/").status_code == 401


def test_the_code_completes_the_sign_in(client, person, key) -> None:
    enter_password(client, "/portfolio/")
    before = client.session.session_key
    answer = client.post("/second-factor/code/", {"code": code_of(key, steps_away=1)})
    assert answer["Location"] == "/portfolio/"
    assert who_is_in(client) == str(person.pk)
    assert client.session.session_key != before
    assert client.get("/portfolio/").status_code == 200


def test_a_wrong_code_does_not(client, person, key) -> None:
    enter_password(client)
    answer = client.post("/second-factor/code/", {"code": "000000"})
    assert answer.status_code == 200
    assert "Incorrect code" in answer.text
    assert who_is_in(client) is None


def test_a_code_works_once(client, person, key) -> None:
    code = code_of(key, steps_away=1)
    enter_password(client)
    client.post("/second-factor/code/", {"code": code})
    client.post("/logout/")
    enter_password(client)
    client.post("/second-factor/code/", {"code": code})
    assert who_is_in(client) is None


def test_codes_cannot_be_guessed_for_long(client, person, key) -> None:
    enter_password(client)
    for guess in range(5):
        client.post("/second-factor/code/", {"code": f"00000{guess}"})
    answer = client.post("/second-factor/code/", {"code": code_of(key, steps_away=1)})
    assert "Too many" in answer.text
    assert who_is_in(client) is None


def test_the_page_for_the_code_is_not_there_without_the_password(client, person, key) -> None:
    assert client.get("/second-factor/code/")["Location"] == "/login/"
    client.post("/second-factor/code/", {"code": code_of(key)})
    assert who_is_in(client) is None


def test_setting_one_up_asks_for_the_password_again(client, person) -> None:
    client.force_login(person)
    assert client.get("/second-factor/app/")["Location"].startswith("/login/again/")
    answer = client.post("/login/again/", {"password": "guess"})
    assert answer.status_code == 200
    assert client.get("/second-factor/app/").status_code == 302


def test_recovery_codes_are_shown_once_and_work_once(client, person) -> None:
    enter_password(client)
    _key, codes = set_up(client)
    assert len(set(codes)) == 10
    assert codes[0] not in client.get(CODES).text
    client.post("/logout/")
    for expected in (str(person.pk), None):
        enter_password(client)
        client.post("/second-factor/code/", {"code": codes[0]})
        assert who_is_in(client) == expected
        client.post("/logout/")


def test_the_key_is_not_in_the_database_in_clear(key) -> None:
    assert key not in str(list(Authenticator.objects.values()))


def test_another_secret_key_makes_no_code_fit(client, person, key, settings) -> None:
    settings.SECRET_KEY = "another"
    enter_password(client)
    for guessed in (key, ""):  # the key that cannot be read any more is not an empty one
        answer = client.post("/second-factor/code/", {"code": code_of(guessed, steps_away=1)})
        assert answer.status_code == 200
    assert who_is_in(client) is None


def test_a_person_takes_their_own_away(client, person) -> None:
    enter_password(client)
    set_up(client)
    assert client.get("/second-factor/app/remove/").status_code == 200
    client.post("/second-factor/app/remove/")
    assert not Authenticator.objects.exists()


def test_who_was_made_inactive_between_password_and_code_stays_out(client, person, key) -> None:
    enter_password(client)
    User.objects.update(is_active=False)
    client.post("/second-factor/code/", {"code": code_of(key, steps_away=1)})
    assert client.get("/queue/").status_code == 302


# --- Admins -----------------------------------------------------------------------------------------


def test_an_admin_resets_it_and_the_history_says_so(
    admin_client, admin, client, person, key
) -> None:
    answer = act(admin_client, "accounts_user", "reset_second_factor", [person.pk])
    assert "1 person has no second factor any more" in answer.text
    entry = LogEntry.objects.get(object_id=str(person.pk))
    assert (entry.user, entry.get_change_message()) == (admin, "Reset the second factor.")
    enter_password(client)
    assert who_is_in(client) == str(person.pk)


def test_the_admin_shows_nobodys_keys(admin_client) -> None:
    assert "mfa" not in admin_client.get("/admin/").text.lower()


def test_where_it_is_off_there_is_nothing_to_reset(admin_client, settings) -> None:
    settings.SECOND_FACTOR = "off"
    page = admin_client.get(reverse("admin:accounts_user_changelist"))
    assert "reset_second_factor" not in page.text


# --- Required ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "role", "is_stopped"),
    [
        ("optional", "admin", False),
        ("admins", "admin", True),
        ("admins", "manager", False),
        ("everyone", "viewer", True),
    ],
)
def test_whose_role_needs_one_sets_it_up_first(client, settings, setting, role, is_stopped) -> None:
    settings.SECOND_FACTOR = setting
    make_user(role, email=EMAIL, password=PASSWORD)
    enter_password(client)
    page = client.get("/portfolio/")
    assert (page.status_code == 302) is is_stopped
    assert (client.get("/api/v1/accounts/").status_code == 403) is is_stopped
    if is_stopped:
        assert page["Location"] == "/second-factor/app/"
        assert client.get("/admin/")["Location"] == "/second-factor/app/"
        set_up(client)
        assert client.get("/portfolio/").status_code == 200


def test_the_api_says_why_in_its_own_shape(client, settings, person) -> None:
    settings.SECOND_FACTOR = "everyone"
    enter_password(client)
    errors = client.get("/api/v1/accounts/").json()["errors"]
    assert [error["code"] for error in errors] == ["second_factor_required"]


def test_signing_out_is_always_possible(client, settings, person) -> None:
    settings.SECOND_FACTOR = "everyone"
    enter_password(client)
    client.post("/logout/")
    assert who_is_in(client) is None


def test_a_token_needs_none(settings, person) -> None:
    settings.SECOND_FACTOR = "everyone"
    make_account(csm=person)
    assert token_client(person).get("/api/v1/accounts/").status_code == 200


def test_who_needs_one_does_not_take_it_away(client, settings, person) -> None:
    settings.SECOND_FACTOR = "everyone"
    enter_password(client)
    set_up(client)
    client.post("/second-factor/app/remove/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_who_used_it_costs_no_query_more(client, settings, person, key, django_assert_num_queries):
    settings.SECOND_FACTOR = "everyone"
    enter_password(client)
    client.post("/second-factor/code/", {"code": code_of(key, steps_away=1)})
    with django_assert_num_queries(3):  # the session, the person, and the bell
        client.get("/password_change/done/")
