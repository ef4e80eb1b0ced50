"""The edition lab as two admins meet it: edited by keyboard, counted as one types, told of each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import User
from tests.browser.conftest import OPEN
from tests.factories import (
    make_account,
    make_edition,
    make_instance,
    make_metric,
    make_snapshot,
    make_subscription,
    make_user,
)
from usage.models import Band, Edition
from usage.services import edition_editing, editions
from usage.services.edition_editing import Draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}
PLACES = {
    "matrix": "",
    "measure": "measures/ci/edit/ci_per_user/",
    "new measure": "measures/ci/",
    "use case": "use-cases/security/",
    "weights": "weights/",
    "settings": "settings/",
}


@pytest.fixture
def draft(transactional_db: None) -> Edition:
    for key in ("license_billable_users", "counts.ci_builds", "counts.scans"):
        make_metric(key, description=f"What {key} says")
    for builds in (4, 20, 40, 60):
        instance = make_instance(subscription=make_subscription(account=make_account()))
        metrics = {"license_billable_users": 80, "counts.ci_builds": builds}
        make_snapshot(instance=instance, metrics=metrics)
    return make_edition("2026", published=False)


def at(draft: Edition, place: str) -> str:
    return f"/admin/usage/edition/{draft.pk}/lab/{PLACES[place]}"


def typed_over(page: Page, label: str, text: str) -> None:
    """Into the field that the keyboard is in, or comes to by its label."""
    page.get_by_label(label).first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", PLACES)
def test_a_page_of_the_lab_is_accessible_and_fits_in_light_and_dark(  # noqa: PLR0913 - fixtures, by name
    page: Page, visit: OPEN, admin: User, draft: Edition, complaints: list[str],
    violations: Callable[[], list[str]], place: str, size: str,
) -> None:  # fmt: skip
    page.set_viewport_size(SIZES[size])
    visit(admin, at(draft, place))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert violations() == []
    assert complaints == []


def test_a_threshold_is_moved_by_keyboard_while_accounts_change_their_color(
    visit: OPEN, admin: User, draft: Edition, complaints: list[str]
) -> None:
    page = visit(admin, at(draft, "measure"))
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Green > 0.33")
    typed_over(page, "Second threshold", "0.6")
    expect(preview).to_contain_text("Green > 0.6")
    expect(preview.locator(".colours li", has_text="Green")).to_contain_text(
        "1 of 4 (\N{MINUS SIGN}"
    )
    typed_over(page, "Second threshold", "0.05")
    expect(preview).to_contain_text("The second threshold lies below the first.")
    typed_over(page, "Second threshold", "0.6")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Green > 0.33 → > 0.6")
    assert Band.objects.get(measure__code="ci_per_user", color="Green").lower == 0.6
    assert complaints == []


def test_a_metric_is_picked_from_the_dictionary_by_keyboard(
    visit: OPEN, admin: User, draft: Edition, complaints: list[str],
    violations: Callable[[], list[str]],
) -> None:  # fmt: skip
    page = visit(admin, at(draft, "measure"))
    box = page.get_by_role("combobox", name="Metric 2").first
    box.focus()
    page.keyboard.type("scans")
    option = page.get_by_role("option", name="counts.scans")
    expect(option).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert violations() == []
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box).to_have_value("counts.scans")
    expect(option).to_be_hidden()
    expect(page.locator("#preview")).to_contain_text("counts.scans was never reported")
    expect(page.get_by_role("combobox", name="Metric 3").first).to_have_value("")
    assert complaints == []


def test_weights_show_their_share_as_one_types(
    visit: OPEN, admin: User, draft: Edition, complaints: list[str]
) -> None:
    page = visit(admin, at(draft, "weights"))
    typed_over(page, "CI in Product", "30")
    expect(page.locator("#shares tr", has_text="CI").first).to_contain_text("50")
    assert complaints == []


def test_the_second_of_two_admins_is_told_and_loses_nothing(
    visit: OPEN, admin: User, draft: Edition, violations: Callable[[], list[str]]
) -> None:
    page = visit(admin, at(draft, "measure"))
    other = make_user(User.Role.ADMIN, email="other@foothold.example", first_name="Otto")
    opened = edition_editing.revision(editions.load(draft.pk))
    mine = Draft(draft.pk, opened, other, draft.history.first().history_date)  # type: ignore[attr-defined]
    edition_editing.move_use_case(draft=mine, code="ci", by=1)
    typed_over(page, "Second threshold", "0.6")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Otto")
    expect(told).to_contain_text("another order of the use cases")
    expect(told).to_contain_text("Green > 0.33 → > 0.6")
    expect(page.get_by_label("Second threshold").first).to_have_value("0.6")
    assert violations() == []
    page.get_by_role("button", name="Save mine now").click()
    expect(page.locator(".messagelist")).to_contain_text("Saved")
    assert Band.objects.get(measure__code="ci_per_user", color="Green").lower == 0.6


def test_a_published_edition_becomes_a_draft(
    visit: OPEN, admin: User, draft: Edition, complaints: list[str]
) -> None:
    published = make_edition("2025")
    page = visit(admin, f"/admin/usage/edition/{published.pk}/lab/")
    page.get_by_role("button", name="Make a draft of this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lab: edition 2025 copy")
    assert complaints == []
