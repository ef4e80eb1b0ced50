"""The schema can be spread over machines: each large table's keys hold the column that it is spread by.

Citus, for one, keeps a unique key only where the distribution column is in it (docs/growth.md). A new
model has to be put in one of the two lists.
"""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Field, ForeignKey, Model, UniqueConstraint

from tests.architecture.repository import APPS

LARGE = {
    "accounts.Attendance": "account",
    "accounts.ManualMeasure": "account",
    "accounts.Mention": "account",
    "accounts.Objective": "account",
    "accounts.Outcome": "account",
    "accounts.SuccessPlan": "account",
    "accounts.SupportCase": "account",
    "accounts.SurveyResponse": "account",
    "accounts.TimelineActivity": "account",
    "playbooks.BulkRow": "account",
    "playbooks.CallToAction": "account",
    "playbooks.CTAEvent": "account",
    "playbooks.CTALink": "account",
    "playbooks.Task": "account",
    "usage.CardDrift": "account",
    "usage.RawPayload": "instance",
    "usage.ScoreCard": "account",
    "usage.Snapshot": "instance",
    "usage.Transition": "account",
}
"""Grow with accounts times months; spread by this field, rows of one account or instance together."""

REFERENCE = {
    # customers: a row or a few for each account, joined from everywhere
    "accounts.Account", "accounts.Contact", "accounts.License", "accounts.Plan",
    "accounts.Subscription", "usage.Instance",
    "accounts.AdoptionGoal", "accounts.BoughtUseCase", "accounts.Milestone", "accounts.NonAdoption",
    "accounts.Consent", "accounts.ErasedKey", "accounts.Erasure", "accounts.RetainedContract",
    "accounts.HistoricalAccount", "accounts.HistoricalContact", "accounts.HistoricalSubscription",
    "usage.HistoricalInstance",
    # people and their work
    "accounts.ApiToken", "accounts.AuditEntry", "accounts.Heartbeat", "accounts.IdempotencyKey",
    "accounts.Job", "accounts.Team", "accounts.User", "playbooks.BulkRun", "playbooks.SavedView",
    "playbooks.TriggerRun", "usage.RejectedRow",
    # of all customers together
    "usage.Backtest",
    "usage.KeptFrame",
    # what people are told: kept for 90 days, asked for by person and not by account
    "playbooks.AlertPreference", "playbooks.AlertSchedule", "playbooks.AlertWatermark",
    "playbooks.Delivery", "playbooks.Digest", "playbooks.Endpoint", "playbooks.Follow",
    "playbooks.Notification",
}  # fmt: skip
"""Whole on every machine; configuration, below, is so as well."""

CONFIGURATION = {
    "accounts.ActivityTemplate", "accounts.RetentionRule",
    "playbooks.Playbook", "playbooks.PlaybookVersion", "playbooks.QueueWeights", "playbooks.Step",
    "playbooks.Trigger",
    "accounts.MilestoneRule",
    "usage.Band", "usage.Edition", "usage.LabelRule", "usage.MaturityLevel", "usage.Measure",
    "usage.HealthBand", "usage.HealthGroup", "usage.HealthMeasure",
    "usage.MetricBreak", "usage.MetricDefinition", "usage.MetricVersion", "usage.Publication",
    "usage.UseCase", "usage.Weight",
}  # fmt: skip

SPREAD = {label.lower(): field for label, field in LARGE.items()}
every_large_table = pytest.mark.parametrize(("label", "field"), LARGE.items(), ids=LARGE)


def model_of(label: str) -> type[Model]:
    return apps.get_model(label)


def column_of(label: str, field: str) -> str:
    found = model_of(label)._meta.get_field(field)
    assert isinstance(found, Field)
    assert found.column is not None
    return found.column


def of_configuration(label: str) -> bool:
    return label.replace(".Historical", ".") in CONFIGURATION


def test_every_model_is_large_or_a_reference() -> None:
    models = {model._meta.label for app in APPS for model in apps.get_app_config(app).get_models()}
    told = {*LARGE, *REFERENCE, *(label for label in models if of_configuration(label))}
    assert models == told, "Put a new model in LARGE, with what it is spread by, or in REFERENCE."


@every_large_table
def test_a_large_table_is_never_without_its_column(label: str, field: str) -> None:
    found = model_of(label)._meta.get_field(field)
    assert isinstance(found, ForeignKey)
    assert not found.null


@every_large_table
def test_unique_keys_of_a_model_hold_its_column(label: str, field: str) -> None:
    meta = model_of(label)._meta
    keys = [each for each in meta.constraints if isinstance(each, UniqueConstraint)]
    assert [key.name for key in keys if field not in key.fields] == []
    assert [each.name for each in meta.local_fields if each.unique and not each.primary_key] == []


@pytest.mark.django_db
@every_large_table
def test_unique_keys_of_the_database_hold_its_column(label: str, field: str) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model_of(label)._meta.db_table)
    column = column_of(label, field)
    without = [
        name
        for name, key in found.items()
        if key["unique"] and not key["primary_key"] and column not in key["columns"]
    ]
    assert without == []  # of the primary key docs/growth.md says how it follows


@every_large_table
def test_a_large_table_refers_to_large_ones_of_its_column_alone(label: str, field: str) -> None:
    for each in model_of(label)._meta.local_fields:
        if isinstance(each, ForeignKey) and str(each.target_field.model._meta) in SPREAD:
            assert SPREAD[str(each.target_field.model._meta)] == field, each.name
