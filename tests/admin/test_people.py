from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import ApiToken, User
from tests.admin.pages import change
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db

NEW_PERSON = {
    "email": "New.Person@Foothold.example",
    "usable_password": "true",
    "password1": "stands-tall-4-tests",
    "password2": "stands-tall-4-tests",
    "time_zone": "UTC",
    "role": "csm",
}


@pytest.mark.parametrize(("role", "enters"), [("csm", False), ("admin", True)])
def test_the_role_decides_who_enters_the_admin(admin_client, role, enters) -> None:
    admin_client.post(reverse("admin:accounts_user_add"), {**NEW_PERSON, "role": role})
    person = User.objects.get(email="new.person@foothold.example")
    assert (person.is_staff, person.is_superuser) == (enters, enters)


def test_who_is_admin_no_more_is_out(admin_client) -> None:
    other = make_user(User.Role.ADMIN)
    change(admin_client, other, role="csm")
    other.refresh_from_db()
    assert not other.is_staff
    assert not other.is_superuser


@pytest.mark.parametrize("fields", [{"role": "csm"}, {"is_active": False}])
def test_the_last_admin_stays(admin_client, admin, fields) -> None:
    answer = change(admin_client, admin, **fields)
    assert "This is the last admin" in answer.text
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == (User.Role.ADMIN, True)


def test_people_are_not_deleted(admin_client, csm) -> None:
    answer = admin_client.post(reverse("admin:accounts_user_delete", args=[csm.pk]))
    assert answer.status_code == 403


def test_a_token_is_shown_once_and_works(admin_client, client) -> None:
    service = make_user(User.Role.SERVICE)
    fields = {"name": "warehouse", "user": service.pk, "scopes": ["read"], "lifetime_days": 30}
    page = admin_client.post(reverse("admin:accounts_apitoken_add"), fields, follow=True).text
    shown = re.search(r"not shown again: (\w+)", page)
    assert shown is not None
    assert shown[1] not in admin_client.get(reverse("admin:accounts_apitoken_changelist")).text
    answer = client.get("/api/v1/accounts/", headers={"Authorization": f"Token {shown[1]}"})
    assert answer.status_code == 200


def test_a_token_may_not_do_more_than_its_user(admin_client, viewer) -> None:
    fields = {"name": "x", "user": viewer.pk, "scopes": ["configure"], "lifetime_days": 30}
    admin_client.post(reverse("admin:accounts_apitoken_add"), fields)
    assert not ApiToken.objects.exists()


def test_failed_jobs_are_tried_again(admin_client) -> None:
    failed, done = make_job(state="failed"), make_job(state="done")
    answer = admin_client.post(
        reverse("admin:accounts_job_changelist"),
        {"action": "retry_failed", "_selected_action": [failed.pk, done.pk]},
        follow=True,
    )
    failed.refresh_from_db()
    assert failed.state == "queued"
    assert "1 job is queued again." in answer.text
