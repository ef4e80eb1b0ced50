"""Sign-in by OpenID Connect, against a provider in another process."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from config import sign_in
from tests.factories import make_user
from tests.sign_in.oidc_provider import Provider, free_port, leave_for

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EMAIL = "cleo@foothold.example"


@pytest.fixture
def person() -> User:
    return make_user(email=EMAIL)


def come_back(client: Client, oidc: Provider, *, page: str = "", **claims):
    oidc.knows("cleo", **({"email": EMAIL, "email_verified": True} | claims))
    return client.get(oidc.lets_in(leave_for(client, page), "cleo"))


def who_is_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_who_the_provider_vouches_for_is_signed_in(client, oidc, person) -> None:
    answer = come_back(client, oidc, page="/portfolio/")
    assert (answer.status_code, answer["Location"]) == (302, "/portfolio/")
    assert who_is_in(client) == str(person.pk)
    assert client.get("/portfolio/").status_code == 200


def test_capital_letters_in_the_providers_address_do_not_matter(client, oidc, person) -> None:
    come_back(client, oidc, email="Cleo@Foothold.Example")
    assert who_is_in(client) == str(person.pk)


def test_the_key_of_the_session_changes(client, oidc, person) -> None:
    address = leave_for(client)
    before = client.session.session_key
    oidc.knows("cleo", email=EMAIL, email_verified=True)
    client.get(oidc.lets_in(address, "cleo"))
    assert who_is_in(client) == str(person.pk)
    assert client.session.session_key != before


def test_who_is_unknown_here_is_told_whom_to_ask(client, oidc) -> None:
    answer = come_back(client, oidc, email="nobody@foothold.example")
    assert answer.status_code == 403
    assert "Nobody here has the e-mail address nobody@foothold.example" in answer.text
    assert not User.objects.exists()


def test_who_is_unknown_becomes_a_viewer_where_that_is_wanted(client, oidc, settings) -> None:
    settings.SSO_CREATE_USERS = True
    come_back(client, oidc, email="New@foothold.example", given_name="Nell", family_name="Noor")
    new = User.objects.get()
    assert (new.email, new.role, new.team) == ("new@foothold.example", User.Role.VIEWER, None)
    assert (new.get_full_name(), new.has_usable_password()) == ("Nell Noor", False)
    assert (new.is_staff, new.is_superuser) == (False, False)
    assert who_is_in(client) == str(new.pk)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"email_verified": False}, id="not verified"),
        pytest.param({"email_verified": "false"}, id="not verified, as a word"),
        pytest.param({"email_verified": None}, id="not said"),
        pytest.param({"email": None}, id="no address"),
    ],
)
def test_an_address_that_is_not_verified_opens_nothing(client, oidc, person, claims) -> None:
    answer = come_back(client, oidc, **claims)
    assert answer.status_code == 403
    assert who_is_in(client) is None


def test_a_provider_that_says_nothing_may_be_trusted(client, oidc, person, settings) -> None:
    settings.SSO_TRUST_EMAIL = True
    come_back(client, oidc, email_verified=None)
    assert who_is_in(client) == str(person.pk)


def test_a_trusted_provider_that_denies_an_address_is_believed(
    client, oidc, person, settings
) -> None:
    settings.SSO_TRUST_EMAIL = True
    assert come_back(client, oidc, email_verified=False).status_code == 403
    assert who_is_in(client) is None


def test_who_left_stays_out(client, oidc, person) -> None:
    User.objects.update(is_active=False)
    answer = come_back(client, oidc)
    assert answer.status_code == 403
    assert "switched off" in answer.text
    assert who_is_in(client) is None


def test_a_state_that_nobody_asked_for_is_refused(client, oidc, person) -> None:
    oidc.knows("cleo", email=EMAIL, email_verified=True)
    back = oidc.lets_in(leave_for(client), "cleo")
    answer = Client().get(back)  # another browser: somebody was made to follow this address
    assert answer.status_code == 401
    forged = client.get(back.replace("state=", "state=x"))
    assert forged.status_code == 401
    assert who_is_in(client) is None


def test_a_code_works_once(client, oidc, person) -> None:
    oidc.knows("cleo", email=EMAIL, email_verified=True)
    back = oidc.lets_in(leave_for(client), "cleo")
    client.get(back)
    client.post("/logout/")
    assert client.get(back).status_code == 401
    assert who_is_in(client) is None


def test_a_code_of_another_sign_in_is_refused(client, oidc, person) -> None:
    oidc.knows("cleo", email=EMAIL, email_verified=True)
    used = oidc.lets_in(leave_for(client), "cleo")
    client.get(used)
    client.post("/logout/")
    fresh = oidc.lets_in(leave_for(client), "cleo")
    state = fresh.partition("state=")[2].partition("&")[0]
    code = used.partition("code=")[2].partition("&")[0]
    answer = client.get(f"/login/sso/oidc/callback/?code={code}&state={state}")
    assert answer.status_code == 401
    assert who_is_in(client) is None


def test_who_declines_at_the_provider_is_asked_to_start_again(client, oidc, person) -> None:
    answer = client.get(oidc.declines(leave_for(client)))
    assert answer.status_code == 401
    assert "Start once more" in answer.text


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:alert()"])
def test_another_site_is_not_where_one_ends(client, oidc, person, page) -> None:
    assert come_back(client, oidc, page=page)["Location"] == "/"


def test_a_provider_that_is_down_is_told_so(client, settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = sign_in.providers(
        oidc_url=f"http://127.0.0.1:{free_port()}", client_id="foothold", client_secret="x"
    )
    answer = client.get("/login/sso/oidc/")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_a_provider_that_goes_down_on_the_way_is_told_so(client, oidc, settings, person) -> None:
    oidc.knows("cleo", email=EMAIL, email_verified=True)
    back = oidc.lets_in(leave_for(client), "cleo")
    settings.SOCIALACCOUNT_PROVIDERS = sign_in.providers(
        oidc_url=f"http://127.0.0.1:{free_port()}", client_id="foothold", client_secret="x"
    )
    assert client.get(back).status_code == 503
    assert who_is_in(client) is None


def test_a_provider_that_is_not_configured_is_not_there(client, oidc) -> None:
    assert client.get("/login/sso/saml/").status_code == 404


def test_who_is_signed_in_is_not_sent_away(csm_client, oidc) -> None:
    assert csm_client.get("/login/sso/oidc/")["Location"] == "/"


def test_the_sign_in_page_has_a_button_for_the_provider(client, oidc, settings) -> None:
    settings.SSO_NAME = "Larch ID"
    page = client.get("/login/?next=/portfolio/").text
    assert 'href="/login/sso/oidc/?next=%2Fportfolio%2F"' in page
    assert "Sign in with Larch ID" in page


def test_where_the_provider_alone_lets_in_no_password_does(client, oidc, person, settings) -> None:
    settings.SSO_ONLY = True
    page = client.get("/login/")
    assert "password" not in page.text.lower()
    assert client.post("/login/", {"username": EMAIL, "password": "x"}).status_code == 404
    for address in ("/password_reset/", "/password_change/", "/reset/MQ/a-b/"):
        assert client.get(address).status_code == 404
    come_back(client, oidc)
    assert who_is_in(client) == str(person.pk)
    page = client.get("/queue/")
    assert page.status_code == 200
    assert "Change password" not in page.text
