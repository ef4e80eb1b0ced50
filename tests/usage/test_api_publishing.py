"""Editions are put in force over the API by the same services as on the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests import book
from tests.api import ROOT, post
from tests.factories import make_edition
from usage.models import Edition
from usage.services import editions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def first(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture
def draft(first: Edition) -> Edition:
    return editions.copy_as_draft(edition_id=first.pk, name="2025-b")


def read(client: Client, edition: Edition) -> Any:
    return client.get(f"{ROOT}/editions/{edition.pk}/").json()


def act(client: Client, edition: Edition, name: str, **body: Any) -> Any:
    return post(client, f"/editions/{edition.pk}/{name}/", body)


def test_a_draft_is_published_and_taken_back(
    admin_client: Client, admin: User, first: Edition, draft: Edition
) -> None:
    digest = read(admin_client, draft)["digest"]
    told = act(
        admin_client, draft, "publish", note="Why not.", in_force_from="2026-10", seen_digest=digest
    ).json()
    assert told["status"] == "published"
    (noted,) = told["publications"]
    assert (noted["in_force_from"], noted["note"]) == ("2026-10", "Why not.")
    assert noted["former"] == {"id": first.pk, "name": "2025"}
    assert noted["published_by"]["email"] == admin.email
    told = act(admin_client, draft, "rollback", note="Because.").json()
    assert read(admin_client, first)["publications"][0]["note"] == "Because."
    assert told["name"] == "2025-b"


def test_its_own_month_holds_where_none_is_named(admin_client: Client, draft: Edition) -> None:
    Edition.objects.filter(pk=draft.pk).update(in_force_from="2026-09-01")
    told = act(admin_client, draft, "publish", note="Why not.").json()
    assert told["publications"][0]["in_force_from"] == "2026-09"
    other = editions.copy_as_draft(edition_id=draft.pk, name="2025-c")
    told = act(admin_client, other, "publish", note="Why not.", in_force_from=None).json()
    assert told["publications"][0]["in_force_from"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"note": ""}, 400),
        ({"note": "x", "in_force_from": "2026-13"}, 400),
        ({"note": "x", "seen_digest": "0" * 32}, 409),
        ({"note": "x", "why": "x"}, 400),
    ],
)
def test_what_is_missing_or_stale_is_refused(
    admin_client: Client, draft: Edition, body: dict[str, Any], status: int
) -> None:
    assert act(admin_client, draft, "publish", **body).status_code == status
    draft.refresh_from_db()
    assert draft.is_draft


def test_nothing_to_roll_back_is_a_conflict(admin_client: Client, first: Edition) -> None:
    assert act(admin_client, first, "rollback", note="x").status_code == 409


def test_only_admins_publish(csm_client: Client, draft: Edition) -> None:
    assert act(csm_client, draft, "publish", note="x").status_code == 403
    assert act(csm_client, draft, "rollback", note="x").status_code == 403


def test_what_is_asked_of_drops_is_told(csm_client: Client) -> None:
    edition = make_edition("small", published=False)
    edition.use_cases.filter(code="ci").update(hold_months=2)
    told = {part["code"]: part for part in read(csm_client, edition)["use_cases"]}
    assert (told["ci"]["hold_months"], told["ci"]["exit_margin"]) == (2, None)
    assert told["ci"]["measures"][0]["minimum_sample"] is None
