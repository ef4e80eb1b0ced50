"""Every URL, asked for by everyone: nobody sees or changes what is not theirs.

Rows are read off the URL configuration, the router among it. One that is new fails here until ROUTES
says what it is; the expected answers stand in `expected.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from tests.access import routes, urlconf
from tests.access.cast import MARK, Cast, Person, undone
from tests.access.expected import READING, WRITING, Answer
from tests.access.routes import ROUTES, Kind
from tests.access.urlconf import OURS, PATTERNS, address, is_sent_to_sign_in, named, told

JSON = "application/json"
EVERY_METHOD = ("get", "post", "put", "patch", "delete")
REFUSED = {401, 403, 404, 405}
WITHOUT_PAGES = {401, 403, 405}
MARKED = {Kind.LIST, Kind.PICK}


def test_every_url_is_in_the_matrix() -> None:
    unknown = sorted(set(OURS) - set(ROUTES))
    assert not unknown, (
        f"No one has said who may ask for {', '.join(unknown)}. Add each to ROUTES in "
        f"{routes.__file__}: its Kind and, where its path has arguments, whose keys they are. Give a "
        "URL without a name a name."
    )


def test_the_matrix_has_no_url_that_is_gone() -> None:
    assert set(ROUTES) - set(urlconf.PATHS) == set()


OF_THE_ROUTER = [name for name in OURS if hasattr(PATTERNS[name].callback, "actions")]


@pytest.mark.parametrize("name", OF_THE_ROUTER)
def test_the_router_takes_no_method_that_nobody_spoke_for(name: str) -> None:
    taken = set(PATTERNS[name].callback.actions)  # type: ignore[attr-defined]  # of a view set
    assert taken - {"head"} == ROUTES[name].methods


def fits(name: str, answer: Answer, response: HttpResponseBase) -> bool:
    """Whether a response is the answer that the table asks for."""
    body, status = told(response), response.status_code
    if answer not in {Answer.TOLD, Answer.DONE} and MARK in body:
        return False
    tells: dict[Answer, Callable[[], bool]] = {
        Answer.OPEN: lambda: status in {200, 302, 401, 403, 404, 405, 503},
        Answer.SIGN_IN: lambda: is_sent_to_sign_in(response) or status in WITHOUT_PAGES,
        Answer.TOLD: lambda: status == 200 and (ROUTES[name].kind not in MARKED or MARK in body),
        Answer.BLANK: lambda: status == 200,
        Answer.DONE: lambda: status in {200, 201, 202, 302, 400, 409, 415, 422},
        Answer.FORBIDDEN: lambda: status == 403,
        Answer.HIDDEN: lambda: status == 404,
    }
    return tells[answer]()


Clients = dict[Person, Client]


@pytest.mark.parametrize("name", named(*READING))
def test_reading(name: str, world: Cast, clients: Clients) -> None:
    assert misread(name, world, clients) == {}
    if not name.startswith("api"):  # a page may also be asked for as a part
        assert misread(name, world, clients, headers={"HX-Request": "true"}) == {}


def misread(name: str, world: Cast, clients: Clients, **sent: Any) -> dict[Person, object]:
    """Who was answered otherwise than the table says."""
    expected = READING[ROUTES[name].kind]
    got = {person: clients[person].get(address(name, world), **sent) for person in expected}
    return {
        person: (answer, got[person].status_code)
        for person, answer in expected.items()
        if not fits(name, answer, got[person])
    }


CHANGED_BY_POST = [name for name in OURS if name in ROUTES and "post" in ROUTES[name].methods]


@pytest.mark.parametrize("name", CHANGED_BY_POST)
def test_changing(name: str, world: Cast, clients: Clients) -> None:
    before, wrong = world.rows(), {}
    for person, answer in WRITING[ROUTES[name].kind].items():
        with undone():
            response = clients[person].post(address(name, world), content_type=JSON)
            changed = answer is not Answer.DONE and world.rows() != before
        if changed or not fits(name, answer, response):
            wrong[person] = (answer, response.status_code, changed)
    assert not wrong


@pytest.mark.parametrize("name", named(*set(Kind) - {Kind.PUBLIC, Kind.PERSONAL, Kind.GUARDED}))
def test_no_other_method_does_anything(name: str, world: Cast, clients: Clients) -> None:
    before, wrong = world.rows(), {}
    for method in EVERY_METHOD:
        if method in ROUTES[name].methods:
            continue
        for person in (Person.ANONYMOUS, Person.OWNER, Person.ADMIN):  # all others may less
            response = getattr(clients[person], method)(address(name, world))
            if response.status_code not in REFUSED and not is_sent_to_sign_in(response):
                wrong[person, method] = response.status_code
    assert not wrong
    assert world.rows() == before
