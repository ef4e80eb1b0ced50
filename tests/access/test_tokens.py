"""Tokens: what the role of their user allows, narrowed to their scopes, and no page at all."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.access import Ability
from accounts.models import User
from tests import factories
from tests.access.cast import MARK, Cast, undone
from tests.access.routes import ROUTES, Kind
from tests.access.urlconf import OURS, address, is_sent_to_sign_in, told
from tests.api import token_client

API = [name for name in OURS if name.startswith("api-") and name not in {"api-nothing", "api-docs"}]
PAGES = [
    name
    for name in OURS
    if name in ROUTES and name not in API and ROUTES[name].kind is not Kind.PUBLIC
]
NEEDED = {
    Kind.ACTION: {Ability.READ, Ability.WORK_CTAS},  # it answers with the record
    Kind.INGEST: {Ability.INGEST},
    Kind.OWN: {Ability.READ},
    Kind.FOLLOWED: {Ability.READ},
    Kind.RULED: {Ability.READ, Ability.CONFIGURE},
    Kind.CONFIGURE: {Ability.READ, Ability.CONFIGURE},
    Kind.SHARED: {Ability.READ, Ability.CONFIGURE},
}
CREATES = {Ability.READ, Ability.WORK_CTAS}
HANDED_OUT = (
    {Ability.READ},
    {Ability.WORK_CTAS},
    {Ability.INGEST},
    {Ability.READ, Ability.WORK_CTAS},
    {Ability.READ, Ability.INGEST},
)
DONE = {200, 201, 202, 400, 409, 415, 422}


@pytest.fixture
def service(db: None) -> User:
    return factories.make_user(User.Role.SERVICE, email="loader@foothold.example")


def token_clients(user: User) -> dict[frozenset[Ability], Client]:
    return {frozenset(scopes): token_client(user, *scopes) for scopes in HANDED_OUT}


def _needed(kind: Kind, method: str) -> set[Ability]:
    if kind is Kind.OPERATION:
        return {Ability.CONFIGURE}
    return {Ability.READ} if method == "get" else NEEDED.get(kind, CREATES)


@pytest.mark.parametrize("name", API)
def test_a_token_does_what_its_scopes_name(name: str, world: Cast, service: User) -> None:
    route, wrong = ROUTES[name], {}
    for scopes, client in token_clients(service).items():
        for method in sorted(route.methods):
            needed = _needed(route.kind, method)
            with undone():
                response = getattr(client, method)(address(name, world))
            may = needed <= scopes
            fits = response.status_code in DONE if may else response.status_code == 403
            if not fits or (not may and MARK in told(response)):
                wrong[scopes, method] = response.status_code
    assert not wrong


@pytest.mark.parametrize("name", API)
def test_a_strangers_token_finds_nothing(name: str, world: Cast, stranger: User) -> None:
    client, before = token_client(stranger, "read", "work_ctas"), world.rows()
    for method in sorted(ROUTES[name].methods):
        response = getattr(client, method)(address(name, world))
        kind = ROUTES[name].kind
        is_hidden = kind in {Kind.RECORD, Kind.ACTION, Kind.FOLLOWED} or (
            kind is Kind.RULED and method == "get"
        )
        assert (response.status_code == 404) is is_hidden, method
        assert MARK not in told(response), method
    assert world.rows() == before


def test_a_token_opens_no_page(world: Cast, service: User) -> None:
    client, wrong = token_client(service), {}
    for name in PAGES:
        for method in sorted(ROUTES[name].methods):
            response = getattr(client, method)(address(name, world))
            is_shut = is_sent_to_sign_in(response) or response.status_code == 403
            if not is_shut or MARK in told(response):
                wrong[name, method] = response.status_code
    assert not wrong


def test_a_token_opens_nothing_of_the_admin(admin: User, world: Cast) -> None:
    client = token_client(admin, "read", "configure")
    assert is_sent_to_sign_in(client.get(client.get("/admin/accounts/account/")["Location"]))
