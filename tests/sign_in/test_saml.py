"""Sign-in by SAML, with responses that are signed as a real provider signs them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from config import sign_in
from tests.factories import make_user
from tests.sign_in.saml_provider import SIGN_ON, SamlProvider, make_keys, request_id

pytestmark = pytest.mark.django_db

EMAIL = "cleo@foothold.example"


@pytest.fixture(scope="session")
def provider() -> SamlProvider:
    return SamlProvider(make_keys())


@pytest.fixture
def saml(provider: SamlProvider, tmp_path: Path, settings) -> SamlProvider:
    """The provider, and a Foothold that knows its metadata."""
    provider.write_metadata(tmp_path / "idp.xml")
    settings.SOCIALACCOUNT_PROVIDERS = sign_in.providers(
        saml_metadata=(tmp_path / "idp.xml").as_uri()
    )
    return provider


BROWSER = {"host": "testserver"}  # every real one says whom it wants; Django's client does not


@pytest.fixture
def client() -> Client:
    return Client(headers=BROWSER)


@pytest.fixture
def person() -> User:
    return make_user(email=EMAIL)


def leave_for(client: Client, page: str = "/portfolio/") -> str:
    """Press the button; return the id of the request that the provider is sent."""
    answer = client.get("/login/sso/saml/", {"next": page})
    assert answer.status_code == 302, answer.text
    assert answer["Location"].startswith(SIGN_ON)
    return request_id(answer["Location"])


def post(client: Client, response: str):
    return client.post("/login/sso/saml/acs/", {"SAMLResponse": response}, follow=True)


def who_is_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_who_the_provider_vouches_for_is_signed_in(client, saml, person) -> None:
    answer = post(client, saml.answers(leave_for(client), email="Cleo@foothold.example"))
    assert who_is_in(client) == str(person.pk)
    assert answer.redirect_chain[-1] == ("/portfolio/", 302)


def test_who_is_unknown_here_is_told_whom_to_ask(client, saml) -> None:
    answer = post(client, saml.answers(leave_for(client), email="nobody@foothold.example"))
    assert answer.status_code == 403
    assert "Ask an admin" in answer.text
    assert not User.objects.exists()


def test_who_left_stays_out(client, saml, person) -> None:
    User.objects.update(is_active=False)
    assert post(client, saml.answers(leave_for(client), email=EMAIL)).status_code == 403
    assert who_is_in(client) is None


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"signs": False}, id="not signed"),
        pytest.param({"audience": "https://other.example/"}, id="meant for another product"),
        pytest.param({"minutes_ago": 60}, id="expired"),
    ],
)
def test_a_response_that_is_not_right_is_refused(client, saml, person, wrong) -> None:
    answer = post(client, saml.answers(leave_for(client), email=EMAIL, **wrong))
    assert answer.status_code == 401
    assert who_is_in(client) is None


def test_a_response_that_was_tampered_with_is_refused(client, saml, person) -> None:
    signed = saml.answers(leave_for(client), email="mallory@foothold.example")
    text = base64.b64decode(signed).decode().replace("mallory@foothold.example", EMAIL)
    assert post(client, base64.b64encode(text.encode()).decode()).status_code == 401
    assert who_is_in(client) is None


def test_a_response_signed_with_another_key_is_refused(client, saml, person) -> None:
    other = SamlProvider(make_keys())
    assert post(client, other.answers(leave_for(client), email=EMAIL)).status_code == 401
    assert who_is_in(client) is None


def test_a_response_works_once(client, saml, person) -> None:
    response = saml.answers(leave_for(client), email=EMAIL)
    post(client, response)
    client.post("/logout/")
    assert post(client, response).status_code != 200
    assert who_is_in(client) is None


def test_a_response_in_another_browser_is_refused(client, saml, person) -> None:
    response, other = saml.answers(leave_for(client), email=EMAIL), Client(headers=BROWSER)
    assert post(other, response).status_code == 403
    assert who_is_in(other) is None


def test_a_response_that_nobody_asked_for_is_refused(client, saml, person) -> None:
    assert post(client, saml.answers("", email=EMAIL)).status_code == 401
    assert who_is_in(client) is None


@pytest.mark.parametrize("rubbish", ["", "%%%", base64.b64encode(b"<a/>").decode(), "AAAA"])
def test_rubbish_is_refused(client, saml, person, rubbish) -> None:
    leave_for(client)
    assert post(client, rubbish).status_code == 401
    assert who_is_in(client) is None


def test_the_provider_is_told_who_we_are(client, saml) -> None:
    answer = client.get("/login/sso/saml/metadata/")
    assert answer.status_code == 200
    assert "http://testserver/login/sso/saml/acs/" in answer.text


def test_metadata_that_cannot_be_read_is_told_so(client, saml, tmp_path) -> None:
    (tmp_path / "idp.xml").unlink()
    answer = client.get("/login/sso/saml/")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
