"""The API describes itself, to machines and on a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.serializers import RequestSerializer
from tests.api import ROOT, fault, token_client


@pytest.mark.slow
def test_the_schema_is_valid_and_made_without_a_warning(tmp_path: Path) -> None:
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml")
    )


def test_the_schema_is_told_to_readers(csm: User) -> None:
    told = token_client(csm).get(f"{ROOT}/schema/?format=json").json()
    assert f"{ROOT}/ctas/{{id}}/close/" in told["paths"]
    assert "token" in told["components"]["securitySchemes"]


def test_the_schema_is_told_to_nobody_else(db: None) -> None:
    assert fault(Client().get(f"{ROOT}/schema/")) == (401, "not_authenticated", None)


def test_the_page_asks_to_sign_in(db: None) -> None:
    assert Client().get(f"{ROOT}/docs/").status_code == 302


def test_the_page_loads_everything_from_here(csm_client: Client) -> None:
    page = csm_client.get(f"{ROOT}/docs/").content.decode()
    assert "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle" in page
    assert "//" not in page


def test_the_script_of_the_page_is_a_script(csm_client: Client) -> None:
    response = csm_client.get(f"{ROOT}/docs/?script=")
    assert response["Content-Type"] == "application/javascript"
    assert f"{ROOT}/schema/" in response.content.decode().replace("\\u002D", "-")


def test_each_body_refuses_the_fields_that_it_does_not_know(csm: User) -> None:
    """The schema says so of every body, so every one is a `RequestSerializer`."""
    told = token_client(csm).get(f"{ROOT}/schema/?format=json").json()["components"]["schemas"]
    closed = {name for name, schema in told.items() if schema.get("additionalProperties") is False}
    assert closed - {kind.__name__ for kind in subclasses(RequestSerializer)} == set()
    assert len(closed) > 20


def subclasses(kind: type) -> Iterator[type]:
    for sub in kind.__subclasses__():
        yield sub
        yield from subclasses(sub)
