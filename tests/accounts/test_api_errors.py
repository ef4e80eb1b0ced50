"""One error shape for everything below /api/."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.errors import RoleForbids
from accounts.models import Account, User
from tests import factories
from tests.api import ROOT, fault, post

START = "/ctas/{}/start/"


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v2/accounts/", "/api/v1/acounts/", "/api/v1/accounts"]
)
@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_a_path_that_is_not_there(db: None, path: str, method: str) -> None:
    assert fault(getattr(Client(), method)(path)) == (404, "not_found", None)


def test_a_record_that_is_not_there(csm_client: Client) -> None:
    assert fault(csm_client.get(f"{ROOT}/accounts/0/")) == (404, "not_found", None)


def test_a_fault_of_ours(
    csm_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*args: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr("accounts.api.AccountViewSet.get_queryset", break_down)
    csm_client.raise_request_exception = False
    response = csm_client.get(f"{ROOT}/accounts/")
    assert fault(response) == (500, "error", None)
    assert "secret" not in response.content.decode()
    assert "ZeroDivisionError" in caplog.text


def test_a_conflict_says_which_one(csm_client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account, status="success")
    assert fault(post(csm_client, START.format(cta.pk))) == (409, "cta_changed", None)


def test_a_role_that_a_service_refuses_is_forbidden(
    csm_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    cta = factories.make_cta(account=account)

    def refuse(by: User) -> None:
        raise RoleForbids("work on calls to action")

    monkeypatch.setattr("playbooks.services.ctas.changes.refuse_unless_worker", refuse)
    assert fault(post(csm_client, START.format(cta.pk))) == (403, "permission_denied", None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut off"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b'{"text": NaN}', id="no number"),
        pytest.param(b"[" * 100_000, id="nested beyond reason"),
    ],
)
def test_a_body_that_is_not_json(csm_client: Client, account: Account, body: bytes) -> None:
    cta = factories.make_cta(account=account)
    path = f"{ROOT}/ctas/{cta.pk}/comment/"
    response = csm_client.post(path, body, content_type="application/json")
    assert fault(response) == (400, "parse_error", None)


def test_a_body_that_is_too_large(csm_client: Client, account: Account, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    cta = factories.make_cta(account=account)
    response = post(csm_client, f"/ctas/{cta.pk}/comment/", {"text": "x" * 100})
    assert fault(response) == (413, "body_too_large", None)


def test_a_body_that_is_a_form(csm_client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account)
    response = csm_client.post(f"{ROOT}/ctas/{cta.pk}/comment/", {"text": "x"})
    assert fault(response) == (415, "unsupported_media_type", None)


def test_a_field_that_is_not_known(csm_client: Client, account: Account) -> None:
    cta = factories.make_cta(account=account)
    response = post(csm_client, START.format(cta.pk), {"statsu": "new"})
    assert fault(response) == (400, "invalid", "statsu")
