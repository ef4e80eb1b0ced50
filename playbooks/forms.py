from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import Account, User
from playbooks.models import CallToAction, CTAType, Priority
from playbooks.queries.owners import possible_owners
from playbooks.services.catalogue import current_versions
from playbooks.services.ctas import CLOSING_STATUSES, COMMENTED_STATUSES, NewCTA

A_WEEK = timedelta(days=7)


class DayInput(forms.DateInput):
    """The browser's own picker; it wants ISO dates whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ActionForm(forms.Form):
    """One of several forms on a page: ids of its own, labels without a colon."""

    name = ""

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"{self.name}-%s", label_suffix="", **kwargs)


class SnoozeForm(ActionForm):
    name = "snooze"

    until = forms.DateField(label="Until", widget=DayInput)
    reason = forms.CharField(
        max_length=300, widget=forms.TextInput(attrs={"placeholder": "Why not now?"})
    )

    def __init__(self, data: QueryDict | None = None, *, today: date) -> None:
        super().__init__(data, initial={"until": today + A_WEEK})
        tomorrow = today + timedelta(days=1)
        self.fields["until"].widget.attrs["min"] = tomorrow.isoformat()


class CloseForm(ActionForm):
    name = "close"

    status = forms.ChoiceField(label="Close as")
    comment = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=" or ".join(sorted(f"“{status.label}”" for status in COMMENTED_STATUSES))
        + " needs a comment.",
    )

    def __init__(self, data: QueryDict | None = None, *, cta: CallToAction) -> None:
        super().__init__(data)
        statuses = [(status.value, status.label) for status in CLOSING_STATUSES[cta.type]]
        self.fields["status"] = forms.ChoiceField(label="Close as", choices=statuses)


class CommentForm(ActionForm):
    name = "comment"

    text = forms.CharField(label="Comment", widget=forms.Textarea(attrs={"rows": 2}))


class ReassignForm(ActionForm):
    name = "reassign"

    owner = forms.ModelChoiceField(User.objects.none(), label="Hand on to")

    def __init__(self, data: QueryDict | None = None, *, cta: CallToAction) -> None:
        super().__init__(data)
        others = possible_owners(cta.account)
        if cta.owner_id is not None:
            others = others.exclude(pk=cta.owner_id)
        self.fields["owner"] = forms.ModelChoiceField(others, label="Hand on to")


class NewCTAForm(ActionForm):
    """A call to action by hand; the key makes a form that is sent twice open only one."""

    name = "new"

    key = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(max_length=200, help_text="What has to be done, in a few words.")
    type = forms.ChoiceField(choices=CTAType)
    priority = forms.TypedChoiceField(choices=Priority, coerce=int, initial=Priority.MEDIUM)
    due_on = forms.DateField(label="Due on", widget=DayInput)
    owner = forms.ModelChoiceField(User.objects.none())
    playbook = forms.ChoiceField(required=False)
    summary = forms.CharField(
        label="Why", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, data: QueryDict | None = None, *, account: Account, by: User, today: date
    ) -> None:
        initial = {"key": uuid.uuid4(), "due_on": today + A_WEEK, "owner": by}
        super().__init__(data, initial=initial)
        self.versions = current_versions()
        names = [(code, version.playbook.name) for code, version in self.versions.items()]
        by_name = sorted(names, key=lambda playbook: playbook[1])
        self.fields["owner"] = forms.ModelChoiceField(possible_owners(account))
        self.fields["playbook"] = forms.ChoiceField(
            choices=[("", "None"), *by_name], required=False, help_text="Its steps become tasks."
        )

    def new_cta(self) -> NewCTA:
        given = self.cleaned_data
        return NewCTA(
            key=given["key"],
            title=given["title"],
            type=given["type"],
            priority=given["priority"],
            due_on=given["due_on"],
            owner=given["owner"],
            playbook_version=self.versions.get(given["playbook"]),
            summary=given["summary"],
        )
