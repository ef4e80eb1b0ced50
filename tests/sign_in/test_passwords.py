from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.architecture.test_environment import start_with
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "stands-tall-4-tests"


@pytest.fixture
def person():
    return make_user(email="cleo@foothold.example", password=PASSWORD)


def sign_in(client: Client, email: str, password: str):
    return client.post(reverse("login"), {"username": email, "password": password})


def test_a_person_signs_in_by_e_mail(client, person) -> None:
    answer = sign_in(client, "cleo@foothold.example", PASSWORD)
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(person.pk)


def test_capital_letters_in_the_address_do_not_matter(client, person) -> None:
    assert sign_in(client, "Cleo@Foothold.Example", PASSWORD).status_code == 302


def test_a_wrong_password_is_told(client, person) -> None:
    answer = sign_in(client, "cleo@foothold.example", "guess")
    assert "Please enter a correct e-mail and password" in answer.text


def test_ten_wrong_passwords_lock_the_address(client, person) -> None:
    spellings = ["cleo@foothold.example", "CLEO@foothold.example"] * 5
    answers = [sign_in(client, spelling, "guess") for spelling in spellings]
    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].text
    assert sign_in(client, "cleo@foothold.example", PASSWORD).status_code == 429


def test_pages_send_who_is_not_signed_in_to_sign_in(client) -> None:
    answer = client.get("/jobs/?state=failed")
    assert answer.headers["Location"] == "/login/?next=/jobs/%3Fstate%3Dfailed"


def test_a_part_sends_the_whole_page_to_sign_in(client) -> None:
    answer = client.get(
        "/jobs/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/jobs/"},
    )
    assert answer.headers["HX-Redirect"] == "/login/?next=http%3A//testserver/jobs/"


def test_signing_out_needs_a_post(csm_client) -> None:
    assert csm_client.get(reverse("logout")).status_code == 405
    assert csm_client.post(reverse("logout")).headers["Location"] == reverse("login")
    assert "_auth_user_id" not in csm_client.session


# --- A forgotten password ---------------------------------------------------------------------------

NEW = {"new_password1": "a-new-one-4-tests", "new_password2": "a-new-one-4-tests"}


def forget(client: Client, email: str, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        return client.post(reverse("password_reset"), {"email": email})


@pytest.fixture
def forgot(client, person, post_office, django_capture_on_commit_callbacks) -> str:
    """The link in the mail that somebody got who forgot their password."""
    forget(client, person.email, django_capture_on_commit_callbacks)
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link is not None
    return link[1]


def test_a_forgotten_password_is_set_anew_by_a_link_in_a_mail(client, person, forgot) -> None:
    form = client.get(forgot, follow=True)
    answer = client.post(form.redirect_chain[-1][0], NEW, follow=True)
    assert "Password set" in answer.text
    person.refresh_from_db()
    assert person.check_password("a-new-one-4-tests")


def test_the_link_works_once(client, person, forgot) -> None:
    form = client.get(forgot, follow=True)
    client.post(form.redirect_chain[-1][0], NEW)
    assert "This link has expired" in Client().get(forgot, follow=True).text


def test_the_link_works_for_a_day(person, forgot, travel) -> None:
    assert "Choose a password" in Client().get(forgot, follow=True).text
    travel(timedelta(hours=25))
    assert "This link has expired" in Client().get(forgot, follow=True).text


@pytest.fixture
def travel():
    with ExitStack() as open_until_the_end:

        def go(away: timedelta) -> None:
            later = timezone.now() + away
            open_until_the_end.enter_context(time_machine.travel(later, tick=False))

        yield go


def test_the_answer_does_not_tell_whether_an_address_is_known(
    client, person, post_office, django_capture_on_commit_callbacks, django_assert_num_queries
) -> None:
    answers = []
    for email in (person.email, "nobody@foothold.example"):
        with django_assert_num_queries(
            0
        ):  # what is not looked up cannot be told by the time it takes
            answers.append(client.post(reverse("password_reset"), {"email": email}))
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, reverse("password_reset_done"))
    }
    forget(client, "nobody@foothold.example", django_capture_on_commit_callbacks)
    assert mail.outbox == []


def test_who_left_gets_no_mail(
    client, person, post_office, django_capture_on_commit_callbacks
) -> None:
    User.objects.update(is_active=False)
    forget(client, person.email, django_capture_on_commit_callbacks)
    assert mail.outbox == []


def test_a_link_that_was_made_up_opens_nothing(client, person) -> None:
    assert "This link has expired" in client.get("/reset/MQ/a-b/").text


# --- What is stored, and sessions ------------------------------------------------------------------


def test_passwords_are_stored_as_argon2(person) -> None:
    assert person.password.startswith("argon2$argon2id$")


def test_an_older_hash_is_made_anew_at_sign_in(client, person) -> None:
    User.objects.update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    sign_in(client, person.email, PASSWORD)
    person.refresh_from_db()
    assert person.password.startswith("argon2$argon2id$")


def test_the_lock_holds_for_one_address_alone(client, person) -> None:
    for _ in range(10):
        sign_in(client, person.email, "guess")
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert sign_in(elsewhere, person.email, PASSWORD).status_code == 302


def test_the_locked_out_are_told_what_to_do(client, person) -> None:
    for _ in range(10):
        page = sign_in(client, person.email, "guess")
    assert "Wait, then try again" in page.text
    assert reverse("password_reset") in page.text


def test_the_key_of_the_session_changes_at_sign_in(client, person) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    sign_in(client, person.email, PASSWORD)
    assert client.session.session_key != session.session_key


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(client, person) -> None:
    elsewhere = Client()
    sign_in(elsewhere, person.email, PASSWORD)
    sign_in(client, person.email, PASSWORD)
    before = client.session.session_key
    client.post(reverse("password_change"), {"old_password": PASSWORD, **NEW})
    assert client.session.session_key != before
    assert client.get("/queue/").status_code == 200
    assert elsewhere.get("/queue/").status_code == 302


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_another_site_is_not_where_one_ends(client, person, page) -> None:
    sent = {"username": person.email, "password": PASSWORD, "next": page}
    assert client.post(reverse("login"), sent)["Location"] == "/"


def test_the_cookie_is_the_browsers_alone_and_ends_after_a_week(client, person) -> None:
    sign_in(client, person.email, PASSWORD)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] == 7 * 24 * 60 * 60


@pytest.mark.parametrize(("debug", "is_secure"), [("0", True), ("1", False)])
def test_the_cookies_travel_over_tls_alone(debug: str, *, is_secure: bool) -> None:
    code = "from config import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    started = start_with(code, SECRET_KEY="x" * 50, DEBUG=debug)
    assert started.stdout == f"{is_secure} {is_secure}\n"


def test_a_person_changes_their_password(client, person) -> None:
    client.force_login(person)
    passwords = {
        "old_password": PASSWORD,
        "new_password1": "a-new-one-4-tests",
        "new_password2": "a-new-one-4-tests",
    }
    answer = client.post(reverse("password_change"), passwords, follow=True)
    assert "Password changed" in answer.text
