"""Works the admin as a person does: opens a page, changes fields, runs actions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Model
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse


def change(client: Client, row: Model, **fields: Any) -> Any:
    """Save a row as its form in the admin would, with some fields changed; inlines stay empty."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    address = reverse(name, args=[row.pk])
    page = client.get(address).context
    values = model_to_dict(row, page["adminform"].form.fields) | fields
    filled = {name: value for name, value in values.items() if value not in (None, False)}
    inlines = {
        f"{inline.formset.prefix}-{count}": 0
        for inline in page["inline_admin_formsets"]
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    return client.post(address, {**filled, **inlines}, follow=True)


def act(client: Client, model: str, action: str, ids: Collection[int], **more: Any) -> Any:
    """Run an action of a list on some rows."""
    address = reverse(f"admin:{model}_changelist")
    return client.post(address, {"action": action, "_selected_action": ids, **more}, follow=True)
