from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.filters import MOST_OF_ID
from accounts.models import Account, TimelineActivity, User
from playbooks.models import CallToAction, CTALink, CTAType, Priority, RiskImpact, RiskReason
from playbooks.queries.links import linkable
from playbooks.queries.owners import possible_owners
from playbooks.services.catalogue import current_versions
from playbooks.services.ctas import CLOSING_STATUSES, COMMENTED_STATUSES, NewCTA, NewLink, TasksToo
from playbooks.services.ctas.linking import LONGEST_URL

A_WEEK = timedelta(days=7)
IMPACTS = [("", _("Not known")), *RiskImpact.choices]
REASONS = [("", _("Not known")), *RiskReason.choices]


def _needs_comment() -> str:
    names = sorted(f"“{status.label}”" for status in COMMENTED_STATUSES)
    return gettext("%(statuses)s needs a comment.") % {"statuses": gettext(" or ").join(names)}


_needs_comment_lazy = lazy(_needs_comment, str)


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

    until = forms.DateField(
        label=_("To the end of"), widget=DayInput, help_text=_("It is back the day after.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": _("Why not now?")}),
    )

    def __init__(self, data: QueryDict | None = None, *, today: date) -> None:
        super().__init__(data, initial={"until": today + A_WEEK})
        self.fields["until"].widget.attrs["min"] = today.isoformat()


class CloseForm(ActionForm):
    name = "close"

    status = forms.ChoiceField(label=_("Close as"))
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_needs_comment_lazy(),
    )

    def __init__(self, data: QueryDict | None = None, *, cta: CallToAction) -> None:
        super().__init__(data)
        statuses = [(status.value, status.label) for status in CLOSING_STATUSES[cta.type]]
        self.fields["status"] = forms.ChoiceField(label=gettext("Close as"), choices=statuses)


class CommentForm(ActionForm):
    name = "comment"

    text = forms.CharField(
        label=_("Comment"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("@their@e-mail.example mentions who sees this account."),
    )


class ReassignForm(ActionForm):
    name = "reassign"

    owner = forms.ModelChoiceField(User.objects.none(), label=_("Hand on to"))
    tasks = forms.ChoiceField(
        label=_("Open tasks that go along"),
        choices=TasksToo,
        initial=TasksToo.OWNERS,
        required=False,
    )

    def __init__(self, data: QueryDict | None = None, *, cta: CallToAction) -> None:
        super().__init__(data)
        others = possible_owners(cta.account)
        if cta.owner_id is not None:
            others = others.exclude(pk=cta.owner_id)
        self.fields["owner"] = forms.ModelChoiceField(others, label=gettext("Hand on to"))

    def clean_tasks(self) -> str:
        return self.cleaned_data["tasks"] or TasksToo.OWNERS.value


class RescheduleForm(ActionForm):
    name = "reschedule"

    due_on = forms.DateField(label=_("Due on"), widget=DayInput)
    move_tasks = forms.BooleanField(
        label=_("Move its open tasks by as many days"), initial=True, required=False
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Optional")}),
    )

    def __init__(self, data: QueryDict | None = None, *, cta: CallToAction) -> None:
        super().__init__(data, initial={"due_on": cta.due_on})


class RiskForm(ActionForm):
    name = "risk"

    impact = forms.ChoiceField(label=_("Impact"), choices=IMPACTS, required=False)
    reason = forms.ChoiceField(label=_("Comes from"), choices=REASONS, required=False)

    def __init__(self, data: QueryDict | None = None, *, cta: CallToAction) -> None:
        super().__init__(data, initial={"impact": cta.risk_impact, "reason": cta.risk_reason})


class MarkForm(ActionForm):
    """One button: its value says what is to be."""

    name = "mark"

    is_important = forms.TypedChoiceField(
        label=_("Is important"),
        choices=[("1", "yes"), ("0", "no")],
        coerce=lambda value: value == "1",
    )


class UndoRescheduleForm(ActionForm):
    name = "undo"

    event = forms.IntegerField(label=_("Event"), min_value=1, max_value=MOST_OF_ID)


class LinkForm(ActionForm):
    """Something of the account, or an address."""

    name = "link"

    target = forms.ChoiceField(label=_("Something of this account"), required=False)
    url = forms.CharField(
        label=_("Or an address"),
        max_length=LONGEST_URL,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    kind = forms.ChoiceField(
        label=_("What the address is"),
        choices=CTALink.Kind,
        initial=CTALink.Kind.OTHER,
        required=False,
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=200,
        required=False,
        help_text=_("How it is called; without it what it leads to."),
    )

    def __init__(self, data: QueryDict | None = None, *, cta: CallToAction) -> None:
        super().__init__(data)
        groups, self.objects = linkable(cta)
        self.fields["target"] = forms.ChoiceField(
            label=gettext("Something of this account"),
            choices=[("", gettext("None")), *groups],
            required=False,
        )

    def new_link(self) -> NewLink:
        given = self.cleaned_data
        name, _, _ = given["target"].partition(":")
        target = {name: self.objects[given["target"]]} if name else {}
        return NewLink(url=given["url"], kind=given["kind"], label=given["label"], **target)


class UnlinkForm(ActionForm):
    name = "unlink"

    link = forms.IntegerField(label=_("Link"), min_value=1, max_value=MOST_OF_ID)


class NewCTAForm(ActionForm):
    """A call to action by hand; the key makes a form that is sent twice open only one."""

    name = "new"

    key = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("What has to be done, in a few words.")
    )
    type = forms.ChoiceField(label=_("Type"), choices=CTAType)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=120,
        required=False,
        help_text=_("What kind of thing it is about: reports count by it."),
    )
    risk_impact = forms.ChoiceField(
        label=_("What would be lost"), choices=IMPACTS, required=False, help_text=_("Of a risk.")
    )
    risk_reason = forms.ChoiceField(
        label=_("What the risk comes from"),
        choices=REASONS,
        required=False,
        help_text=_("Of a risk."),
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority, coerce=int, initial=Priority.MEDIUM
    )
    is_important = forms.BooleanField(label=_("Important"), required=False)
    due_on = forms.DateField(label=_("Due on"), widget=DayInput)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"))
    playbook = forms.ChoiceField(label=_("Playbook"), required=False)
    summary = forms.CharField(
        label=_("Why"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        account: Account,
        by: User,
        today: date,
        activity: TimelineActivity | None = None,
        proposed: Mapping[str, str] | None = None,
    ) -> None:
        """`proposed`: what a page that leads here fills in beforehand."""
        initial = {"key": uuid.uuid4(), "due_on": today + A_WEEK, "owner": by}
        if activity is not None:
            initial |= {"title": activity.subject, "type": CTAType.ACTIVITY}
        initial |= proposed or {}
        super().__init__(data, initial=initial)
        self.versions = current_versions()
        names = [(code, version.playbook.name) for code, version in self.versions.items()]
        by_name = sorted(names, key=lambda playbook: playbook[1])
        self.fields["owner"] = forms.ModelChoiceField(
            possible_owners(account), label=gettext("Owner")
        )
        self.fields["playbook"] = forms.ChoiceField(
            label=gettext("Playbook"),
            choices=[("", gettext("None")), *by_name],
            required=False,
            help_text=gettext("Its steps become tasks."),
        )

    def new_cta(self) -> NewCTA:
        given = self.cleaned_data
        is_risk = given["type"] == CTAType.RISK  # fields that a page hides are sent all the same
        return NewCTA(
            key=given["key"],
            title=given["title"],
            type=given["type"],
            reason=given["reason"],
            risk_impact=given["risk_impact"] if is_risk else "",
            risk_reason=given["risk_reason"] if is_risk else "",
            is_important=given["is_important"],
            priority=given["priority"],
            due_on=given["due_on"],
            owner=given["owner"],
            playbook_version=self.versions.get(given["playbook"]),
            summary=given["summary"],
        )
