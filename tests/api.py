"""How tests call the API: as a service with a token, or as a person who is signed in."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import User
from accounts.services.tokens import create_token

ROOT = "/api/v1"


def token_client(user: User, *scopes: str) -> Client:
    """A client that sends a token with these scopes, else with all that the user's role has."""
    if not scopes:
        scopes = tuple(scope for scope in ("read", "work_ctas", "ingest") if user.may(scope))  # type: ignore[arg-type]  # an Ability is a str
    issued = create_token(user=user, name="test", scopes=scopes)
    return Client(headers={"authorization": f"Token {issued.plaintext}"})


def results(client: Client, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """The first page of a list."""
    response = client.get(f"{ROOT}{path}", parameters)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def ids(client: Client, path: str, **parameters: Any) -> list[int]:
    return [row["id"] for row in results(client, path, **parameters)]


def post(client: Client, path: str, body: Any = None, **extra: Any) -> Any:
    return client.post(f"{ROOT}{path}", body or {}, content_type="application/json", **extra)


def fault(response: Any) -> tuple[int, str, str | None]:
    """Status, code and attribute of the one error that an answer tells."""
    told = response.json()
    assert set(told) == {"type", "errors"}, told
    (error,) = told["errors"]
    assert set(error) == {"code", "detail", "attr"}
    return response.status_code, error["code"], error["attr"]
