from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

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


def test_a_forgotten_password_is_set_anew_by_a_link_in_a_mail(client, person) -> None:
    client.post(reverse("password_reset"), {"email": person.email})
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link is not None
    form = client.get(link[1], follow=True)
    new = {"new_password1": "a-new-one-4-tests", "new_password2": "a-new-one-4-tests"}
    answer = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Password set" in answer.text
    person.refresh_from_db()
    assert person.check_password("a-new-one-4-tests")


def test_no_mail_tells_whether_an_address_is_known(client) -> None:
    answer = client.post(reverse("password_reset"), {"email": "nobody@foothold.example"})
    assert answer.status_code == 302
    assert mail.outbox == []


def test_a_person_changes_their_password(client, person) -> None:
    client.force_login(person)
    passwords = {
        "old_password": PASSWORD,
        "new_password1": "a-new-one-4-tests",
        "new_password2": "a-new-one-4-tests",
    }
    answer = client.post(reverse("password_change"), passwords, follow=True)
    assert "Password changed" in answer.text
