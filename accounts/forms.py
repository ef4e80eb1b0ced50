from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Account,
    ActivityTemplate,
    AdoptionGoal,
    Contact,
    Milestone,
    NonAdoption,
    TimelineActivity,
    User,
)
from accounts.services.milestones import NewMilestone
from accounts.services.timeline import NewActivity


class SignInForm(AuthenticationForm):
    """Asks for an e-mail; capitals do not matter, also not for the count of failed attempts."""

    username = forms.EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class MomentInput(forms.DateTimeInput):
    """The browser's own picker; it wants ISO 8601 whatever the language, and no zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class ActivityForm(forms.Form):
    """An entry of a timeline; the key makes a form that is sent twice write only one."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What"), choices=TimelineActivity.Kind)
    happened_at = forms.DateTimeField(label=_("When"), widget=MomentInput)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    sentiment = forms.ChoiceField(
        label=_("How the account stands"),
        choices=[("", _("Not said")), *TimelineActivity.Sentiment.choices],
        required=False,
        help_text=_("Your sentiment: it counts towards the account's health from that day on."),
    )
    users = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("From us"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    contacts = forms.ModelMultipleChoiceField(
        Contact.objects.none(),
        label=_("From the customer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "Markdown: **bold**, - lists, [links](https://…)."
            " @their@e-mail.example mentions who sees this account."
        ),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        account: Account,
        colleagues: QuerySet[User],
        initial: dict[str, Any],
        asks_sentiment: bool = False,
    ) -> None:
        super().__init__(data, initial=initial, auto_id="entry-%s", label_suffix="")
        self.fields["sentiment"].required = asks_sentiment
        for name, rows in (("users", colleagues), ("contacts", account.contacts.all())):
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - for the type checker
            field.queryset = rows
        if not account.contacts.exists():
            del self.fields["contacts"]

    def new_activity(self) -> NewActivity:
        return NewActivity(**self.cleaned_data)


def first_values(
    *, now: datetime, by: User, template: ActivityTemplate | None = None
) -> dict[str, Any]:
    """What a new entry's form begins with: now, oneself, and what a template says."""
    values: dict[str, Any] = {"key": uuid.uuid4(), "happened_at": now, "users": [by.pk]}
    if template is not None:
        values |= {"kind": template.kind, "subject": template.subject, "notes": template.notes}
    return values


def values_of(activity: TimelineActivity) -> dict[str, Any]:
    """What the form of an entry begins with that is there already."""
    attendances = activity.attendances.all()
    names = ("key", "kind", "happened_at", "subject", "notes", "sentiment")
    return {name: getattr(activity, name) for name in names} | {
        "users": [each.user_id for each in attendances if each.user_id],
        "contacts": [each.contact_id for each in attendances if each.contact_id],
    }


class MilestoneForm(forms.Form):
    """What an account has reached, by hand."""

    code = forms.ChoiceField(label=_("What"), choices=Milestone.Code)
    reached_on = forms.DateField(
        label=_("On"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(
        label=_("How you know"), max_length=120, help_text=_("A call, a system, a person.")
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, data: QueryDict | None = None, *, today: date) -> None:
        super().__init__(
            data, auto_id="milestone-%s", label_suffix="", initial={"reached_on": today}
        )
        self.fields["reached_on"].widget.attrs["max"] = today.isoformat()

    def new_milestone(self) -> NewMilestone:
        return NewMilestone(**self.cleaned_data)


class UseCasesForm(forms.Form):
    """Which use cases an account bought the product for."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        choices: Sequence[tuple[str, str]],
        bought: Collection[str] = (),
    ) -> None:
        super().__init__(
            data, auto_id="bought-%s", label_suffix="", initial={"use_cases": list(bought)}
        )
        self.fields["use_cases"] = forms.MultipleChoiceField(
            label=gettext("Bought for"),
            required=False,
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            help_text=gettext(
                "Adoption is done when each of them is Green. None chosen: when one is."
            ),
        )


class GoalForm(forms.Form):
    """How mature a use case should become, and by when; without a level there is no goal."""

    use_case = forms.SlugField(widget=forms.HiddenInput)
    level = forms.ChoiceField(
        label=_("Goal"), required=False, choices=[("", _("No goal")), *AdoptionGoal.Level.choices]
    )
    due_on = forms.DateField(
        label=_("By"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self, data: QueryDict | None = None, *, use_case: str, said: AdoptionGoal | None = None
    ) -> None:
        initial = {"level": said.level, "due_on": said.due_on} if said else {}
        super().__init__(
            data,
            auto_id=f"goal-{use_case}-%s",
            label_suffix="",
            initial={"use_case": use_case} | initial,
        )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("due_on") and not given.get("level"):
            self.add_error("level", gettext("Choose what should be reached by that day."))
        return given


class NonAdoptionForm(forms.Form):
    """Why a use case is not used; without a reason none is noted."""

    use_case = forms.SlugField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Why it is not used"),
        required=False,
        choices=[("", _("No reason noted")), *NonAdoption.Reason.choices],
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea({"rows": 2, "maxlength": 2_000}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, use_case: str, said: NonAdoption | None = None
    ) -> None:
        initial = {"reason": said.reason, "note": said.note} if said else {}
        super().__init__(
            data,
            auto_id=f"reason-{use_case}-%s",
            label_suffix="",
            initial={"use_case": use_case} | initial,
        )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("note") and not given.get("reason"):
            self.add_error("reason", gettext("Choose a reason: the note goes with it."))
        return given
