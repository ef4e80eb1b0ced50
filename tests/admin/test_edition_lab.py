"""The edition lab as an admin uses it, without a script."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Job
from tests.admin.lab import lab, make_draft, revision, sent, text_of
from tests.factories import make_account, make_edition, make_instance, make_metric, make_snapshot
from tests.factories import make_subscription as subscription
from usage.models import Band, Edition, Measure
from usage.services import editions

pytestmark = pytest.mark.django_db

HIGHER = {
    "name": "CI per user", "unit": "", "weight": "1", "numerator_operation": "sum",
    "numerator": ["counts.ci_builds", ""], "denominator_operation": "sum",
    "denominator": ["license_billable_users"], "zero_denominator": "zero",
    "age-TOTAL_FORMS": "2", "age-INITIAL_FORMS": "1", "age-0-shape": "higher", "age-0-low": "0.1",
    "age-0-low_side": "below", "age-0-high": "0.33", "age-0-high_side": "below",
    "age-1-shape": "higher", "age-1-low_side": "below", "age-1-high_side": "below",
}  # fmt: skip


@pytest.fixture
def draft(db: None) -> Edition:
    return make_draft()


def ci(edition: Edition) -> str:
    return lab("_measure", edition, "ci", "ci_per_user")


def green() -> Band:
    return Band.objects.get(measure__code="ci_per_user", color="Green")


def test_the_matrix_shows_each_measure_over_todays_values(admin_client, draft) -> None:
    page = text_of(admin_client.get(lab("", draft)))
    assert "values of October 2026" in page
    assert 'Yellow &gt; 0.1 to ≤ 0.33</span> <span class="count">1 of 4</span>' in page
    assert "CI per user, all ages: 4 accounts with a value; quartiles 0.2, 0.38, 0.56" in page
    assert "33 % of the whole" in page
    assert "Ultimate only" in page


def test_the_matrix_asks_the_same_for_more_accounts(admin_client, draft) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(lab("", draft)).status_code == 200
        return len(queries)

    asked()
    few = asked()
    for _ in range(20):
        make_snapshot(instance=make_instance(subscription=subscription(account=make_account())))
    assert asked() == few


def test_what_is_in_the_way_of_publishing_is_said(admin_client, draft) -> None:
    green().delete()
    page = text_of(admin_client.get(lab("", draft)))
    assert "In the way of publishing" in page
    assert "ci.ci_per_user: no band above 0.33" in page


def test_a_published_edition_is_read_only_and_becomes_a_draft(admin_client) -> None:
    published = make_edition("2025")
    page = text_of(admin_client.get(lab("", published)))
    assert "This edition is published and does not change." in page
    assert "Add a use case" not in page
    response = admin_client.post(lab("_copy", published), follow=True)
    copy = Edition.objects.get(name="2025 copy")
    assert response.redirect_chain[-1][0] == lab("", copy)
    assert editions.load(copy.pk).use_cases == editions.load(published.pk).use_cases


@pytest.mark.parametrize(
    "name", ["_measure", "_use_case", "_weights", "_settings", "_new_use_case"]
)
def test_the_forms_of_a_published_edition_lead_to_its_lab(admin_client, name: str) -> None:
    published = make_edition("2025")
    parts = {"_measure": ("ci", "ci_per_user"), "_use_case": ("ci",)}.get(name, ())
    response = admin_client.get(lab(name, published, *parts), follow=True)
    assert response.redirect_chain[-1][0] == lab("", published)


def test_a_published_edition_is_not_changed_by_a_form_that_was_open(admin_client) -> None:
    published = make_edition("2025")
    response = sent(admin_client, ci(published), published, **HIGHER, age_0_high="0.5")
    assert "is published and cannot change" in text_of(response)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("_measure", ("ci", "none")), ("_measure", ("none", "none")), ("_use_case", ("none",)),
        ("_new_measure", ("none",)),
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(admin_client, draft, name: str, parts: Any) -> None:
    assert admin_client.get(lab(name, draft, *parts)).status_code == 404


# --- Measures -------------------------------------------------------------------------------------------


def test_a_form_that_is_sent_as_it_is_changes_nothing(admin_client, draft) -> None:
    response = sent(admin_client, ci(draft), draft, **HIGHER | {"unit": "per billable user"})
    assert "Nothing was changed" in text_of(response)
    assert not AuditEntry.objects.filter(verb="edition.changed").exists()


def test_thresholds_are_moved_and_the_side_of_a_bound_is_chosen(admin_client, draft) -> None:
    typed = HIGHER | {"age-0-high": "0.6", "age-0-high_side": "above"}
    response = sent(admin_client, ci(draft), draft, **typed)
    assert response.redirect_chain[-1][0] == f"{lab('', draft)}#ci.ci_per_user"
    assert "Green &gt; 0.33 → ≥ 0.6" in text_of(response)
    assert (green().lower, green().lower_closed) == (0.6, True)


@pytest.mark.parametrize(
    ("shape", "colors"),
    [
        ("lower", ["Green", "Yellow", "Red"]),
        ("higher_two", ["Red", "Green"]),
        ("lower_two", ["Green", "Red"]),
    ],
)
def test_the_direction_is_chosen(admin_client, draft, shape: str, colors: list[str]) -> None:
    sent(admin_client, ci(draft), draft, **HIGHER | {"age-0-shape": shape})
    measure = editions.load(draft.pk).use_case("ci").measures[0]
    assert [band.color for band in measure.bands] == colors


def test_free_bands_and_rows_for_account_ages(admin_client, draft) -> None:
    typed = HIGHER | {
        "age-0-age_to": "5", "age-1-age_from": "6", "age-1-shape": "free",
        "age-1-green_used": "on", "age-1-green_upper": "2", "age-1-green_upper_closed": "on",
        "age-1-red_used": "on", "age-1-red_lower": "2",
    }  # fmt: skip
    sent(admin_client, ci(draft), draft, **typed)
    bands = editions.load(draft.pk).use_case("ci").measures[0].bands
    assert [(each.color, each.age_from, each.age_to) for each in bands] == [
        ("Red", None, 5), ("Yellow", None, 5), ("Green", None, 5), ("Green", 6, None), ("Red", 6, None),
    ]  # fmt: skip
    page = admin_client.get(ci(draft)).context["rows"].initial_forms
    assert [form.initial["shape"] for form in page] == ["higher", "lower_two"]


def test_ages_are_taken_out(admin_client, draft) -> None:
    typed = HIGHER | {
        "age-0-DELETE": "on", "age-1-age_from": "6", "age-1-low": "1", "age-1-high": "2",
    }  # fmt: skip
    sent(admin_client, ci(draft), draft, **typed)
    bands = editions.load(draft.pk).use_case("ci").measures[0].bands
    assert {band.age_from for band in bands} == {6}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"age-0-low": ""}, "First threshold: Give the threshold."),
        ({"age-0-low": "9"}, "The second threshold lies below the first."),
        ({"age-0-low": "x"}, "First threshold: Enter a number."),
        ({"age-0-shape": "higher_two", "age-0-low": ""}, "Give the threshold."),
        ({"age-0-age_from": "9", "age-0-age_to": "3"}, "It ends before it begins."),
        ({"name": ""}, "Name: This field is required."),
        ({"numerator": ["", ""]}, "Metrics: This field is required."),
        ({"denominator": []}, "Name a metric to divide by."),
        ({"numerator": ["counts.x"]}, "metric counts.x is not in the metric dictionary"),
        ({"age-0-shape": "free", "age-0-red_used": "on", "age-0-red_upper": "1"}, "no band above 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_lost(admin_client, draft, typed, sentence) -> None:
    response = sent(admin_client, ci(draft), draft, **HIGHER | {"unit": "builds"} | typed)
    page = text_of(response)
    assert sentence in page.replace("The metric", "metric").replace("No band", "no band")
    assert 'value="builds"' in page
    assert Measure.objects.get(code="ci_per_user").unit == "per billable user"


def test_a_measure_is_built_without_code(admin_client, draft) -> None:
    make_metric("counts.pods")
    typed = HIGHER | {
        "code": "pods", "name": "Pods", "numerator_operation": "difference",
        "numerator": ["counts.pods", "counts.scans"], "denominator_operation": "", "denominator": [],
    }  # fmt: skip
    response = sent(admin_client, lab("_new_measure", draft, "ci"), draft, **typed)
    assert "being filled in from the payloads" in text_of(response)
    measure = editions.load(draft.pk).use_case("ci").measures[1]
    assert (measure.numerator.operation, measure.denominator) == ("difference", None)
    assert measure.numerator.keys == ("counts.pods", "counts.scans")
    assert Job.objects.filter(kind="backfill_metrics").exists()


@pytest.mark.parametrize("code", ["ci_per_user", "Pods!", ""])
def test_a_new_measure_needs_a_code_of_its_own(admin_client, draft, code: str) -> None:
    sent(admin_client, lab("_new_measure", draft, "ci"), draft, **HIGHER | {"code": code})
    assert len(editions.load(draft.pk).use_case("ci").measures) == 1


def test_there_is_room_for_more_metrics_without_a_script(admin_client, draft) -> None:
    response = sent(admin_client, ci(draft), draft, **HIGHER | {"more": "keys", "unit": "x"})
    assert len(response.context["terms"][0]["inputs"]) == 7
    assert Measure.objects.get(code="ci_per_user").unit == "per billable user"


# --- As one types ---------------------------------------------------------------------------------------


def checked(client: Client, draft: Edition, **typed: Any) -> str:
    address = lab("_check_measure", draft, "ci")
    return text_of(client.post(address, HIGHER | {"code": "ci_per_user"} | typed))


def test_the_preview_counts_accounts_under_the_typed_bounds(admin_client, draft) -> None:
    page = checked(admin_client, draft, **{"age-0-high": "0.6"})
    assert "neither overlap nor leave a gap" in page
    assert "Yellow &gt; 0.1 to ≤ 0.6" in page
    assert "2 of 4 <b>(+ 1)</b>" in page
    assert green().lower == 0.33


def test_the_preview_of_another_formula_shows_its_values(admin_client, draft) -> None:
    page = checked(admin_client, draft, denominator_operation="", denominator=[])
    assert "4 accounts with a value; quartiles 16, 30, 45" in page


def test_the_preview_says_what_is_wrong_and_what_may_not_be_meant(admin_client, draft) -> None:
    assert "Second threshold: Give the threshold." in checked(
        admin_client, draft, **{"age-0-high": ""}
    )
    assert "No value is Red" in checked(admin_client, draft, **{"age-0-low": "-1"})
    make_metric("counts.pods")
    page = checked(admin_client, draft, numerator=["counts.pods"])
    assert "Not stored yet" in page
    assert "Once this is saved" in page


def test_a_metric_that_was_never_reported_is_said(admin_client, draft) -> None:
    page = checked(admin_client, draft, numerator=["counts.scans"])
    assert "The metric counts.scans was never reported" in page


def test_the_preview_of_a_new_measure_waits_for_no_code(admin_client, draft) -> None:
    page = checked(admin_client, draft, code="")
    assert "Code: This field is required." in page
    assert "1 of 4" in page


def test_metrics_are_found_with_what_is_known_of_them(admin_client, draft) -> None:
    response = admin_client.get(lab("_metrics", draft), {"numerator": "builds"})
    page = text_of(response)
    assert 'data-key-path="counts.ci_builds"' in page
    assert "What counts.ci_builds says" in page
    assert "100 % of instances report it; last seen Oct 2026." in page
    assert "Never reported." in text_of(admin_client.get(lab("_metrics", draft), {"term": "scans"}))
    assert "no such metric" in text_of(admin_client.get(lab("_metrics", draft), {"term": "cats"}))


# --- Two admins --------------------------------------------------------------------------------------------


def test_the_second_of_two_admins_is_told_and_keeps_what_they_typed(
    admin_client, admin, draft
) -> None:
    opened = revision(admin_client, draft)
    sent(admin_client, ci(draft), draft, **HIGHER | {"age-0-high": "0.6"})
    typed = HIGHER | {"revision": opened, "age-0-high": "0.4", "unit": "builds"}
    response = admin_client.post(ci(draft), typed)
    page = text_of(response)
    assert response.status_code == 409
    assert f"{admin} changed the draft 2026 after you opened it." in page
    assert "ci.ci_per_user: Green &gt; 0.33 → &gt; 0.6" in page
    assert "ci.ci_per_user: Green &gt; 0.6 → &gt; 0.4" in page
    assert 'value="0.4"' in page
    assert 'value="builds"' in page
    assert green().lower == 0.6
    again = admin_client.post(ci(draft), typed | {"revision": response.context["revision"]})
    assert again.status_code == 302
    assert green().lower == 0.4


def test_a_measure_that_is_gone_meanwhile_is_told(admin_client, draft) -> None:
    opened = revision(admin_client, draft)
    sent(admin_client, lab("_arrange", draft), draft, action="remove ci.ci_per_user")
    response = admin_client.post(ci(draft), HIGHER | {"revision": opened})
    assert response.status_code == 409
    assert "ci.ci_per_user: removed" in text_of(response)
    assert "has no ci.ci_per_user; it may have been removed" in text_of(response)


def test_a_move_of_what_changed_meanwhile_is_told(admin_client, draft) -> None:
    opened = revision(admin_client, draft)
    sent(admin_client, ci(draft), draft, **HIGHER | {"age-0-high": "0.6"})
    asked = {"revision": opened, "action": "remove ci"}
    page = text_of(admin_client.post(lab("_arrange", draft), asked, follow=True))
    assert "changed the draft 2026 after you opened it." in page
    assert editions.load(draft.pk).use_case("ci").measures


def test_the_lab_is_reached_from_the_edition(admin_client, csm_client, draft) -> None:
    address = lab("", draft)
    assert address in admin_client.get(reverse("admin:usage_edition_changelist")).text
    assert address in admin_client.get(reverse("admin:usage_edition_change", args=[draft.pk])).text
    page = reverse("usage:edition", args=[draft.pk])
    assert address in admin_client.get(page).text
    assert address not in csm_client.get(page).text
