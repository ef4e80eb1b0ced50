from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.access import Ability
from accounts.admin.base import RecordAdmin, RefusalsAsMessages, person
from accounts.models import ApiToken, Team, User
from accounts.services import tokens


@admin.register(Team)
class TeamAdmin(RecordAdmin):
    list_display = ("name", "member_count")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        teams: QuerySet[Team] = super().get_queryset(request)
        return teams.annotate(member_count=Count("members"))

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, team: Any) -> int:
        return int(team.member_count)


class LowerCaseEmail:
    """One spelling of an address, however it is typed."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class PersonCreationForm(LowerCaseEmail, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class PersonChangeForm(LowerCaseEmail, UserChangeForm[User]):
    class Meta:
        model = User
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Refuse to shut the last admin out."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        stays = cleaned.get("role") == User.Role.ADMIN and cleaned.get("is_active", True)
        others = User.objects.filter(role=User.Role.ADMIN, is_active=True).exclude(
            pk=self.instance.pk
        )
        if self.initial.get("role") == User.Role.ADMIN and not stays and not others.exists():
            raise ValidationError(gettext("This is the last admin: make somebody else one first."))
        return cleaned


@admin.register(User)
class UserAdmin(RefusalsAsMessages, DjangoUserAdmin[User]):
    """People are not deleted, so that what they did keeps its name: make them inactive."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    show_full_result_count = False
    list_display = ("email", "first_name", "last_name", "role", "team", "is_active", "last_login")
    list_filter = ("role", "is_active", "team")
    list_select_related = ("team",)
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    filter_horizontal = ()
    date_hierarchy = "date_joined"
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "time_zone", "country")}),
        (_("Access"), {"fields": ("role", "team", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "usable_password", "password1", "password2")}),
        ("Person", {"fields": ("first_name", "last_name", "time_zone", "country")}),
        ("Access", {"fields": ("role", "team")}),
    )

    actions = ("reset_second_factor",)

    def get_actions(self, request: HttpRequest) -> Any:
        offered = super().get_actions(request)
        if settings.SECOND_FACTOR == "off":
            offered.pop("reset_second_factor", None)
        return offered

    @admin.action(
        description=_("Reset the second factor: the telephone is lost"), permissions=["change"]
    )
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        from accounts.services import second_factors  # its packages are there where it is on

        people = second_factors.reset(queryset)
        for each in people:
            self.log_change(request, each, "Reset the second factor.")
        text = ngettext(
            "%d person has no second factor any more.",
            "%d people have no second factor any more.",
            len(people),
        )
        self.message_user(request, text % len(people), messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whether a person may enter the admin follows from the role, and from nothing else."""
        obj.is_staff = obj.is_superuser = obj.role == User.Role.ADMIN
        super().save_model(request, obj, form, change)


class TokenForm(forms.ModelForm[ApiToken]):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(ability.value, ability.value) for ability in Ability],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What it may do; its user's role must allow it."),
    )
    lifetime_days = forms.IntegerField(
        min_value=1,
        max_value=tokens.MOST_LIFETIME_DAYS,
        initial=tokens.LIFETIME_DAYS,
        label=_("Days until it ends"),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "user")


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin):
    """A token is shown once, when it is made; deleting it takes it out of use."""

    list_display = (
        "name", "user", "token_key", "scopes", "created", "expiry", "has_expired", "last_used_at",
    )  # fmt: skip
    list_filter = ("created", "expiry", ("last_used_at", admin.EmptyFieldListFilter))
    actions = ("revoke_selected",)
    list_select_related = ("user",)
    search_fields = ("name", "=token_key", "user__email")
    date_hierarchy = "created"
    autocomplete_fields = ("user",)
    ordering = ("name",)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(
            request, obj, change, **({} if obj else {"form": TokenForm}), **kwargs
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("name", "user", "scopes", "lifetime_days")
        return ("name", "user", "token_key", "scopes", "created", "expiry", "last_used_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        issued = tokens.create_token(
            user=obj.user,
            name=obj.name,
            scopes=form.cleaned_data["scopes"],
            lifetime_days=form.cleaned_data["lifetime_days"],
            by=person(request),
        )
        obj.__dict__.update(issued.token.__dict__)  # what was stored, for the rest of this request
        text = gettext("Copy the token now, it is not shown again: %(plaintext)s") % {
            "plaintext": issued.plaintext
        }
        self.message_user(request, text, messages.WARNING)

    notes_itself = True  # its services do

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        tokens.revoke_token(obj, now=timezone.now(), by=person(request))

    @admin.display(description=_("expired"), boolean=True)
    def has_expired(self, token: ApiToken) -> bool:
        return token.expiry is not None and token.expiry <= timezone.now()

    @admin.action(description=_("Revoke selected tokens: they stop working at once"))
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        by, now = person(request), timezone.now()
        revoked = sum(tokens.revoke_token(token, now=now, by=by) for token in queryset)
        text = ngettext("%d token is revoked.", "%d tokens are revoked.", revoked)
        self.message_user(request, text % revoked, messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> Any:
        """One way to take tokens out of use: not the admin's own deletion beside it."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
