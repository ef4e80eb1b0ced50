"""What every test may ask for by name: a fixed time and a cast. Nothing here builds a row unasked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from celery import current_app
from django.test import Client, override_settings

from accounts.models import Account, Team, User
from tests import factories
from tests.emptying import let_the_audit_log_be_emptied
from usage.services import editions, scoring


@pytest.fixture(autouse=True)
def forgotten_editions() -> None:
    """What a test before read is another database's: keys come again after a rollback."""
    editions.forget()


@pytest.fixture(autouse=True, scope="session")
def one_shard() -> Iterator[None]:
    """No test's accounts lie in two shards by chance: on PostgreSQL, keys go on from test to test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "SHARD_SIZE", 1_000_000)
        yield


@pytest.fixture(autouse=True, scope="session")
def uncounted() -> Iterator[None]:
    """No test is throttled for what others did: the counts are not kept."""
    nowhere = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    with override_settings(CACHES=nowhere):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        let_the_audit_log_be_emptied()


@pytest.fixture
def post_office() -> Iterator[None]:
    """A worker that does at once what it is sent."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


@pytest.fixture
def now() -> datetime:
    """Monday, 16 November 2026, 09:00 UTC."""
    return factories.NOW


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team(name="EMEA")


@pytest.fixture
def csm(team: Team) -> User:
    """Owns accounts."""
    return factories.make_user(email="csm@foothold.example", first_name="Cleo", team=team)


@pytest.fixture
def teammate(team: Team) -> User:
    """Another CSM of the same team."""
    return factories.make_user(email="teammate@foothold.example", first_name="Timo", team=team)


@pytest.fixture
def manager(team: Team) -> User:
    return factories.make_user(
        User.Role.MANAGER, email="manager@foothold.example", first_name="Mara", team=team
    )


@pytest.fixture
def stranger(db: None) -> User:
    """A CSM of another team: nothing of the csm's is visible to them."""
    team = factories.make_team(name="APAC")
    return factories.make_user(email="stranger@foothold.example", first_name="Stan", team=team)


@pytest.fixture
def viewer(db: None) -> User:
    """Reads everything, changes nothing."""
    return factories.make_user(User.Role.VIEWER, email="viewer@foothold.example", first_name="Vera")


@pytest.fixture
def admin(db: None) -> User:
    return factories.make_user(User.Role.ADMIN, email="admin@foothold.example", first_name="Ada")


@pytest.fixture
def account(csm: User) -> Account:
    """The csm's account."""
    return factories.make_account(name="Larch Telecom", csm=csm, team=csm.team)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def csm_client(csm: User) -> Client:
    return signed_in(csm)


@pytest.fixture
def teammate_client(teammate: User) -> Client:
    return signed_in(teammate)


@pytest.fixture
def manager_client(manager: User) -> Client:
    return signed_in(manager)


@pytest.fixture
def stranger_client(stranger: User) -> Client:
    return signed_in(stranger)


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    return signed_in(viewer)


@pytest.fixture
def admin_client(admin: User) -> Client:
    return signed_in(admin)
