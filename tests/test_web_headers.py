"""What every kind of URL answers with, and what it refuses: headers, cookies, forgery, size, host."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from tests import factories
from tests.api import ROOT, fault, post, token_client
from tests.architecture.repository import ROOT as REPOSITORY

POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
    "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "object-src 'none'", "base-uri 'none'",
    "form-action 'self'", "frame-ancestors 'none'",
}  # fmt: skip
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
URLS = [
    pytest.param("/queue/", 200, id="a page"),
    pytest.param("/", 302, id="a redirect"),
    pytest.param("/portfolio/?format=csv", 200, id="an export"),
    pytest.param("/login/", 302, id="signing in"),
    pytest.param("/password_reset/", 200, id="a form"),
    pytest.param("/admin/", 200, id="the admin"),
    pytest.param("/admin/accounts/account/add/", 200, id="a form of the admin"),
    pytest.param("/admin/jsi18n/", 200, id="a script that is made"),
    pytest.param(f"{ROOT}/accounts/", 200, id="the API"),
    pytest.param(f"{ROOT}/accounts/0/", 404, id="an error of the API"),
    pytest.param(f"{ROOT}/schema/", 200, id="its schema"),
    pytest.param(f"{ROOT}/docs/", 200, id="its page"),
    pytest.param(f"{ROOT}/docs/?script=", 200, id="the script of its page"),
    pytest.param("/api/nothing/", 404, id="nothing of the API"),
    pytest.param("/nothing/", 404, id="nothing"),
    pytest.param("/livez", 200, id="health"),
]


@pytest.mark.parametrize(("path", "status"), URLS)
def test_every_url_has_the_headers(admin_client: Client, path: str, status: int) -> None:
    answer = admin_client.get(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY
    assert "camera=()" in answer.headers["Permissions-Policy"]


def test_a_static_file_may_not_be_taken_for_something_else(client: Client, db) -> None:
    answer = client.get("/static/accounts/app.css")
    answer.close()
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_page_that_breaks_has_them_too(admin_client: Client, monkeypatch) -> None:
    admin_client.raise_request_exception = False

    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("accounts.views._jobs", broken)
    answer = admin_client.get("/jobs/")
    assert (answer.status_code, answer.headers["X-Frame-Options"]) == (500, "DENY")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


# --- Forgery ------------------------------------------------------------------------------------------


def unforgiving(user: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def test_a_call_of_the_api_by_session_needs_the_token_of_the_page(csm: User, account) -> None:
    cta = factories.make_cta(account=account)
    path = f"{ROOT}/ctas/{cta.pk}/start/"
    client = unforgiving(csm)
    assert fault(client.post(path, content_type="application/json")) == (
        403,
        "permission_denied",
        None,
    )
    client.get("/queue/")
    headers = {"x-csrftoken": client.cookies["csrftoken"].value}
    assert client.post(path, content_type="application/json", headers=headers).status_code == 200


def test_a_call_by_token_needs_none(csm: User, account: Account) -> None:
    cta = factories.make_cta(account=account)
    client = token_client(csm)
    client.handler.enforce_csrf_checks = True
    assert post(client, f"/ctas/{cta.pk}/start/").status_code == 200


@pytest.mark.parametrize("path", ["/logout/", "/login/", "/ctas/{}/start/", "/admin/logout/"])
def test_a_form_of_another_site_is_refused(admin: User, account: Account, path: str) -> None:
    cta = factories.make_cta(account=account)
    assert unforgiving(admin).post(path.format(cta.pk)).status_code == 403


# --- Size and host ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "most"),
    [
        pytest.param("/login/", 10_000_000, id="a form, of whoever"),
        pytest.param("/admin/accounts/account/add/", 10_000_000, id="the admin"),
        pytest.param(f"{ROOT}/usage/service-pings/bulk/", 52_428_800, id="the API"),
    ],
)
def test_a_body_that_is_too_large_is_refused_unread(
    client: Client, db, path: str, most: int
) -> None:
    class Unread:
        def read(self, *args: object) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    asked: dict[str, Any] = {"CONTENT_LENGTH": str(most + 1), "wsgi.input": Unread()}
    answer = client.generic("POST", path, content_type="multipart/form-data; boundary=x", **asked)
    assert answer.status_code == 413
    assert f"{most:,} bytes" in answer.text


def test_the_api_says_so_in_its_shape(client: Client, settings) -> None:
    settings.API_BODY_BYTES = 3
    answer = client.post(f"{ROOT}/usage/service-pings/", b"1234", content_type="application/json")
    assert fault(answer) == (413, "body_too_large", None)


def test_a_length_that_is_no_number_is_no_length(client: Client, db) -> None:
    assert client.generic("GET", "/login/", CONTENT_LENGTH="many").status_code == 200


def test_a_form_of_too_many_fields_is_refused(admin_client: Client) -> None:
    fields = {f"field{number}": "" for number in range(5_001)}
    assert admin_client.post("/admin/accounts/team/add/", fields).status_code == 400


def test_another_host_gets_nothing(client: Client, settings) -> None:
    settings.ALLOWED_HOSTS = ["foothold.example"]
    answer = client.get("/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


def test_a_reset_link_names_our_host_alone(client: Client, csm: User, settings) -> None:
    settings.ALLOWED_HOSTS = ["foothold.example"]
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    answer = client.post("/password_reset/", {"email": csm.email}, headers=headers)
    assert answer.status_code == 400


def test_who_is_signed_out_keeps_no_page(admin_client: Client) -> None:
    admin_client.post(reverse("logout"))
    assert isinstance(admin_client.get("/login/").wsgi_request.user, AnonymousUser)
    assert admin_client.get("/queue/").status_code == 302


# --- Production ---------------------------------------------------------------------------------------

TOLD = """
import django; django.setup()
from django.conf import settings
from django.test import Client
answer = Client().get("/login/", secure=True, headers={"host": "foothold.example"})
for name in ("Strict-Transport-Security",):
    print(name, answer.headers[name], sep="|")
for name, cookie in answer.cookies.items():
    print(name, cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"],
          cookie["domain"] or "-", sep="|")
print("session", settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE,
      settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE,
      settings.SESSION_COOKIE_DOMAIN, sep="|")
plain = Client().get("/login/", headers={"host": "foothold.example"})
print("plain", plain.status_code, plain.headers["Location"], sep="|")
"""


@pytest.mark.slow
def test_production_speaks_https_and_keeps_its_cookies_to_itself() -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "0",
        "SECRET_KEY": "-".join(map(str, range(40))),
        "ALLOWED_HOSTS": "foothold.example",
        "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    script = TOLD.replace("django.setup()", "django.setup()\n" + STATIC)
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "Strict-Transport-Security|max-age=31536000; includeSubDomains; preload",
        "__Host-csrftoken|True|True|Lax|/|-",
        "session|__Host-sessionid|True|True|Lax|None",
        "plain|301|https://foothold.example/login/",
    ]


# `collectstatic` has not been run here: names of files are as they are.
STATIC = """
from django.contrib.staticfiles.storage import staticfiles_storage
staticfiles_storage.manifest_strict = False
type(staticfiles_storage._wrapped).url = lambda self, name, force=False: f"/static/{name}"
"""
