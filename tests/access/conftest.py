from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.access.cast import Cast, Person, make_cast, make_clients, make_people


@pytest.fixture
def world(csm: User) -> Cast:
    return make_cast(csm)


@pytest.fixture
def people(csm: User) -> dict[Person, User]:
    return make_people(csm)


@pytest.fixture
def clients(people: dict[Person, User]) -> dict[Person, Client]:
    return make_clients(people)
