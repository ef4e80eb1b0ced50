"""A former state is shown and not gone back to: a revert would pass by the services."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from tests.factories import make_account, make_edition, make_instance
from usage.models import Edition

pytestmark = pytest.mark.django_db


def former_state(row: Any) -> str:
    meta = row._meta
    name = f"admin:{meta.app_label}_{meta.model_name}_simple_history"
    return reverse(name, args=[row.pk, row.history.earliest().history_id])


def revert(client: Client, row: Model) -> int:
    """Send what the library's form of the former state would; returns the status."""
    address = former_state(row)
    form = client.get(address).context["adminform"].form
    values = model_to_dict(form.instance, form.fields)
    filled = {name: value for name, value in values.items() if value not in (None, False)}
    return client.post(address, filled).status_code


def test_consent_does_not_come_back_by_a_revert(admin_client) -> None:
    account = make_account(shares_optional_data=True)
    account.shares_optional_data = False
    account.save()
    assert revert(admin_client, account) == 403
    account.refresh_from_db()
    assert not account.shares_optional_data


def test_a_mapping_does_not_come_back_by_a_revert(admin_client) -> None:
    instance = make_instance()
    instance.subscription = None
    instance.save()
    assert revert(admin_client, instance) == 403
    instance.refresh_from_db()
    assert instance.subscription is None


def test_a_published_edition_does_not_become_a_draft_again(admin_client, now) -> None:
    edition = make_edition("2026", published=False)
    edition.save()
    edition.status, edition.published_at = Edition.Status.PUBLISHED, now
    edition.save()
    assert revert(admin_client, edition) == 403
    edition.refresh_from_db()
    assert edition.status == Edition.Status.PUBLISHED


def test_a_former_state_is_shown_without_a_button(admin_client) -> None:
    account = make_account(name="Larch")
    account.name = "Larch Telecom"
    account.save()
    page = admin_client.get(former_state(account)).text
    assert "View Larch" in page
    assert 'name="_save"' not in page
    assert "Revert" not in page
