"""Use cases, weights, points and levels in the edition lab, without a script."""

from __future__ import annotations

import pytest

from tests.admin.lab import lab, make_draft, sent, text_of
from usage.models import Edition
from usage.services import editions

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(db: None) -> Edition:
    return make_draft()


def test_a_use_case_is_limited_and_rolled_up_otherwise(admin_client, draft) -> None:
    response = sent(
        admin_client, lab("_use_case", draft, "security"), draft,
        name="Safety", roll_up="sum", plans=["Ultimate"], deployments=["SaaS"],
    )  # fmt: skip
    assert "security: roll up “value” → “sum”" in text_of(response)
    stored = editions.load(draft.pk).use_case("security")
    assert (stored.name, stored.roll_up, stored.plans) == ("Safety", "sum", ("Ultimate",))
    assert (stored.deployments, stored.counts_as_use_case) == (("SaaS",), False)


def test_a_use_case_is_added_and_may_be_incomplete(admin_client, draft) -> None:
    response = sent(
        admin_client, lab("_new_use_case", draft), draft, code="plan", name="Plan", roll_up="value"
    )
    page = text_of(response)
    assert "plan has no measures" in page
    assert "plan has no weight: it changes no other score" in page
    again = sent(
        admin_client, lab("_new_use_case", draft), draft, code="plan", name="Plan", roll_up="value"
    )
    assert "The code plan is used already." in text_of(again)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, ""),
        ({"name": ""}, "This field is required."),
        ({"exit_margin": "-1"}, "the exit margin -1 must be 0 or more"),
    ],
)
def test_a_use_case_is_judged_as_one_types(admin_client, draft, typed, told: str) -> None:
    page = admin_client.post(
        lab("_check_use_case", draft, "ci"), {"name": "CI", "roll_up": "value"} | typed
    )
    assert told in text_of(page)
    assert ("told wrong" in text_of(page)) is bool(told)


@pytest.mark.parametrize(("code", "told"), [("plan", ""), ("ci", "The code ci is used already.")])
def test_the_code_of_a_new_use_case_is_judged_as_one_types(
    admin_client, draft, code: str, told: str
) -> None:
    typed = {"code": code, "name": "Plan", "roll_up": "value"}
    page = text_of(admin_client.post(lab("_check_new_use_case", draft), typed))
    assert told in page
    assert ("told wrong" in page) is bool(told)


def test_a_use_case_that_is_not_there_cannot_be_judged(admin_client, draft) -> None:
    assert admin_client.post(lab("_check_use_case", draft, "cats")).status_code == 404


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("up ci", "another order of the use cases"),
        ("down ci", "another order of the use cases"),
        ("remove ci", "ci: removed"),
        ("remove ci.ci_per_user", "ci.ci_per_user: removed"),
        ("down ci.ci_per_user", "Nothing was changed."),
        ("remove cats", "The edition 2026 has no cats"),
        ("burn ci", "The edition 2026 has no ci"),
        ("", "The edition 2026 has no"),
    ],
)
def test_parts_are_moved_and_removed(admin_client, draft, action: str, told: str) -> None:
    assert told in text_of(sent(admin_client, lab("_arrange", draft), draft, action=action))


WEIGHTS = {
    "composite.product.license_utilization": "30", "composite.product.ci": "10",
    "composite.product.security": "", "composite.health.product": "50",
    "measure.license_utilization.license_utilization_per_user": "1",
    "measure.ci.ci_per_user": "2", "measure.security.security_per_user": "1",
}  # fmt: skip


def test_weights_are_set_and_show_their_share(admin_client, draft) -> None:
    page = text_of(admin_client.post(lab("_check_weights", draft), WEIGHTS))
    assert '<td>Product</td><td class="num">25 %</td><td class="num">25 %</td>' in page
    sent(admin_client, lab("_weights", draft), draft, **WEIGHTS)
    content = editions.load(draft.pk)
    assert dict(content.composites[0].weights) == {"license_utilization": 30, "ci": 10}
    assert content.use_case("ci").measures[0].weight == 2


def test_weights_that_come_to_nothing_are_said(admin_client, draft) -> None:
    nothing = WEIGHTS | {"composite.product.license_utilization": "0", "composite.product.ci": ""}
    assert "product weighs nothing" in text_of(
        admin_client.post(lab("_check_weights", draft), nothing)
    )
    assert "Not saved" in text_of(sent(admin_client, lab("_weights", draft), draft, **nothing))
    wrong = WEIGHTS | {"measure.ci.ci_per_user": ""}
    page = text_of(admin_client.post(lab("_check_weights", draft), wrong))
    assert "This field is required." in page


SETTINGS = {
    "size_metric": "license_billable_users", "red_up_to": "50", "yellow_up_to": "75",
    "platform_adoption_from": "3", "stale_after_days": "30",
    "red_points": "25", "yellow_points": "63", "green_points": "88",
    "level-TOTAL_FORMS": "4", "level-INITIAL_FORMS": "3",
    "level-0-name": "minimum", "level-0-up_to": "50", "level-1-name": "basic", "level-1-up_to": "75",
    "level-2-name": "advanced", "level-2-up_to": "", "level-3-name": "", "level-3-up_to": "",
}  # fmt: skip


def test_points_levels_and_staleness_are_set(admin_client, draft) -> None:
    assert admin_client.get(lab("_settings", draft)).status_code == 200
    typed = SETTINGS | {"level-0-DELETE": "on", "level-3-name": "first", "level-3-up_to": "20"}
    sent(admin_client, lab("_settings", draft), draft, **typed)
    content = editions.load(draft.pk)
    assert content.stale_after_days == 30
    assert [level.name for level in content.levels] == ["first", "basic", "advanced"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"level-2-up_to": "90"}, "just the last maturity level has no upper bound"),
        ({"red_points": "60"}, "points of Red (60) lie in another colour"),
        ({"size_metric": "cats"}, "the metric cats is not in the metric dictionary"),
        ({"stale_after_days": ""}, "This field is required."),
    ],
)
def test_settings_are_judged_as_one_types_and_when_saved(
    admin_client, draft, typed: dict[str, str], sentence: str
) -> None:
    wrong = SETTINGS | typed
    assert sentence in text_of(admin_client.post(lab("_check_settings", draft), wrong)).replace(
        "&#x27;", "'"
    )
    assert sentence in text_of(sent(admin_client, lab("_settings", draft), draft, **wrong))
    assert editions.load(draft.pk).stale_after_days == 60
