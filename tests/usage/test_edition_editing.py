"""Changing a draft: stored row by row, noted, refused where it breaks something or is out of date."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEntry, User
from accounts.services import audit
from tests.editions import bands
from tests.factories import NOW, make_edition, make_metric, make_score_card, make_snapshot
from tests.history import history_of
from usage.errors import (
    CodeTaken,
    EditionChangedMeanwhile,
    EditionInvalid,
    EditionIsPublished,
    PartUnknown,
)
from usage.models import Band, Edition
from usage.scoring import edition as scored
from usage.services import edition_editing, editions
from usage.services.edition_editing import Draft, Saved, Settings

METRICS = ("license_billable_users", "counts.ci_builds", "counts.scans")


@pytest.fixture
def draft(db: None) -> Edition:
    for key in METRICS:
        make_metric(key)
    return make_edition("2026", published=False)


@pytest.fixture
def opened(draft: Edition, admin: User) -> Draft:
    return as_opened(draft, admin)


def as_opened(edition: Edition, by: User) -> Draft:
    revision = edition_editing.revision(editions.load(edition.pk))
    return Draft(edition.pk, revision, by, NOW)


def stored(draft: Draft) -> scored.Edition:
    return editions.load(draft.edition_id)


def ci(draft: Draft, **changes: object) -> scored.Measure:
    measure = stored(draft).use_case("ci").measures[0]
    return replace(measure, **changes)  # type: ignore[arg-type]


def settings(draft: Draft, **changes: object) -> Settings:
    content = stored(draft)
    values: dict[str, Any] = {name: getattr(content, name) for name in Settings.__match_args__}
    return Settings(**values | changes)


def test_a_changed_measure_is_read_back(opened: Draft) -> None:
    wanted = ci(opened, bands=bands(0.2, 0.5), weight=2.0, is_share=True)
    saved = edition_editing.change_measure(draft=opened, use_case="ci", measure=wanted)
    assert stored(opened).use_case("ci").measures == (wanted,)
    assert saved.revision == edition_editing.revision(stored(opened))
    assert "ci.ci_per_user: Green > 33\N{NO-BREAK SPACE}%" not in saved.changes
    assert "ci.ci_per_user: weight 1 → 2" in saved.changes


def test_a_changed_bound_keeps_its_row_and_history(opened: Draft) -> None:
    green = Band.objects.get(measure__code="ci_per_user", color="Green")
    wanted = ci(opened, bands=bands(0.1, 0.5))
    edition_editing.change_measure(draft=opened, use_case="ci", measure=wanted)
    assert [row.lower for row in history_of(green)] == [0.33, 0.5]


def test_rows_that_say_the_same_are_not_written(opened: Draft) -> None:
    wanted = ci(opened, bands=bands(0.1, 0.5))
    edition_editing.change_measure(draft=opened, use_case="ci", measure=wanted)
    red = Band.objects.get(measure__code="ci_per_user", color="Red")
    other = Band.objects.filter(measure__code="security_per_user").first()
    assert len(history_of(red)) == len(history_of(other)) == 1


def test_of_two_bands_of_one_color_and_age_one_stays(opened: Draft) -> None:
    green = Band.objects.get(measure__code="ci_per_user", color="Green")
    Band(measure=green.measure, color="Green", lower=9).save()
    broken = replace(opened, revision=edition_editing.revision(stored(opened)))
    wanted = ci(opened, bands=bands(0.1, 0.5))
    edition_editing.change_measure(draft=broken, use_case="ci", measure=wanted)
    assert stored(opened).use_case("ci").measures == (wanted,)


def test_a_change_is_noted_with_who_did_it_and_what(opened: Draft, admin: User) -> None:
    wanted = ci(opened, weight=2.0)
    saved = edition_editing.change_measure(draft=opened, use_case="ci", measure=wanted)
    entry = AuditEntry.objects.get(verb="edition.changed")
    assert entry.actor == admin
    assert entry.detail == {
        "changes": ["ci.ci_per_user: weight 1 → 2"], "from": opened.revision, "to": saved.revision,
    }  # fmt: skip


def test_saving_what_is_stored_changes_and_notes_nothing(opened: Draft) -> None:
    saved = edition_editing.change_measure(draft=opened, use_case="ci", measure=ci(opened))
    assert saved.changes == ()
    assert not AuditEntry.objects.exists()


def test_the_cards_of_a_trial_go_with_what_made_them(opened: Draft, draft: Edition) -> None:
    make_score_card(edition=draft)
    edition_editing.change_measure(draft=opened, use_case="ci", measure=ci(opened, weight=2.0))
    assert not draft.score_cards.exists()


def test_a_metric_that_nothing_named_is_filled_in(opened: Draft) -> None:
    make_snapshot()
    make_metric("counts.pods")
    wanted = ci(opened, numerator=scored.Term("sum", ("counts.pods",)))
    saved = edition_editing.change_measure(draft=opened, use_case="ci", measure=wanted)
    assert saved.backfill is not None
    assert saved.backfill.params == {"key_paths": ["counts.pods"]}


def test_a_known_metric_asks_for_no_filling(opened: Draft) -> None:
    make_snapshot()
    saved = edition_editing.change_measure(
        draft=opened, use_case="ci", measure=ci(opened, weight=2.0)
    )
    assert saved.backfill is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bands": bands(0.5, 0.1)}, "Yellow holds nothing"),
        ({"bands": ()}, "it has no bands"),
        (
            {"numerator": scored.Term("sum", ("counts.x",))},
            "counts.x is not in the metric dictionary",
        ),
        ({"weight": 0.0}, "the weight must be above 0"),
    ],
)
def test_what_breaks_a_measure_is_not_stored(
    opened: Draft, changes: dict[str, object], sentence: str
) -> None:
    before = stored(opened)
    with pytest.raises(EditionInvalid, match=sentence):
        edition_editing.change_measure(draft=opened, use_case="ci", measure=ci(opened, **changes))
    assert stored(opened) == before


def test_what_was_wrong_already_keeps_nothing_else_from_being_saved(
    draft: Edition, admin: User
) -> None:
    Band.objects.filter(measure__code="security_per_user").first().delete()  # type: ignore[union-attr]
    opened = as_opened(draft, admin)
    edition_editing.change_measure(draft=opened, use_case="ci", measure=ci(opened, weight=2.0))
    assert stored(opened).use_case("ci").measures[0].weight == 2


def test_a_measure_is_added_moved_and_removed(draft: Edition, admin: User) -> None:
    def codes() -> list[str]:
        return [each.code for each in editions.load(draft.pk).use_case("ci").measures]

    opened = as_opened(draft, admin)
    new = ci(opened, code="heat", name="Heat")
    edition_editing.add_measure(draft=opened, use_case="ci", measure=new)
    assert codes() == ["ci_per_user", "heat"]
    opened = as_opened(draft, admin)
    edition_editing.move_measure(draft=opened, use_case="ci", code="heat", by=-1)
    assert codes() == ["heat", "ci_per_user"]
    opened = as_opened(draft, admin)
    edition_editing.remove_measure(draft=opened, use_case="ci", code="ci_per_user")
    assert codes() == ["heat"]


def test_a_use_case_is_added_changed_moved_and_removed(draft: Edition, admin: User) -> None:
    def content() -> scored.Edition:
        return editions.load(draft.pk)

    new = scored.UseCase("plan", "Plan", True, "value", (), (), ())  # noqa: FBT003 - in its order
    edition_editing.add_use_case(draft=as_opened(draft, admin), use_case=new)
    assert content().use_cases[-1] == new
    changed = replace(content().use_case("ci"), name="Builds", plans=("Ultimate",), measures=())
    edition_editing.change_use_case(draft=as_opened(draft, admin), use_case=changed)
    assert content().use_case("ci").name == "Builds"
    assert content().use_case("ci").measures
    edition_editing.move_use_case(draft=as_opened(draft, admin), code="plan", by=-3)
    assert content().use_cases[0] == new
    edition_editing.remove_use_case(draft=as_opened(draft, admin), code="ci")
    assert [each.code for each in content().use_cases] == [
        "plan",
        "license_utilization",
        "security",
    ]
    assert "ci" not in dict(content().composites[0].weights)


def test_weights_are_changed_added_and_taken_out(draft: Edition, admin: User) -> None:
    edition_editing.change_weights(
        draft=as_opened(draft, admin),
        composites={
            "product": {"ci": 20.0, "security": 15.0},
            "health": {"product": 50.0, "ci": 1},
        },
        measures={("ci", "ci_per_user"): 3.0},
    )
    content = editions.load(draft.pk)
    assert [dict(each.weights) for each in content.composites] == [
        {"ci": 20, "security": 15}, {"product": 50, "ci": 1},
    ]  # fmt: skip
    assert content.use_case("ci").measures[0].weight == 3


def test_a_composite_that_weighs_nothing_is_refused(opened: Draft) -> None:
    with pytest.raises(EditionInvalid, match="product"):
        edition_editing.change_weights(
            draft=opened, composites={"product": {}, "health": {"product": 1}}, measures={}
        )


def test_points_levels_and_days_are_changed(opened: Draft) -> None:
    levels = (scored.Level("basic", 40), scored.Level("minimum", 80), scored.Level("top", None))
    wanted = settings(opened, points=(20.0, 60.0, 90.0), stale_after_days=30, levels=levels)
    edition_editing.change_settings(draft=opened, settings=wanted)
    assert settings(opened) == wanted


def test_points_outside_their_color_are_refused(opened: Draft) -> None:
    wrong = settings(opened, points=(60.0, 63.0, 88.0))
    with pytest.raises(EditionInvalid, match="points of Red"):
        edition_editing.change_settings(draft=opened, settings=wrong)


def test_a_published_edition_is_not_changed(admin: User) -> None:
    opened = as_opened(make_edition("2025"), admin)
    with pytest.raises(EditionIsPublished):
        edition_editing.move_use_case(draft=opened, code="ci", by=1)


Change = Callable[[Draft], Saved]


@pytest.mark.parametrize(
    "change",
    [
        lambda draft: edition_editing.change_measure(draft=draft, use_case="ci", measure=ci(draft, code="x")),
        lambda draft: edition_editing.remove_measure(draft=draft, use_case="ci", code="x"),
        lambda draft: edition_editing.move_measure(draft=draft, use_case="x", code="x", by=1),
        lambda draft: edition_editing.remove_use_case(draft=draft, code="x"),
        lambda draft: edition_editing.move_use_case(draft=draft, code="x", by=1),
    ],
    ids=["another measure", "no measure", "no use case", "none to remove", "none to move"],
)  # fmt: skip
def test_what_is_not_there_is_not_changed(opened: Draft, change: Change) -> None:
    with pytest.raises(PartUnknown):
        change(opened)


def test_a_code_is_used_once(opened: Draft) -> None:
    with pytest.raises(CodeTaken):
        edition_editing.add_measure(draft=opened, use_case="ci", measure=ci(opened))
    for code in ("ci", "product"):
        taken = replace(stored(opened).use_case("ci"), code=code)
        with pytest.raises(CodeTaken):
            edition_editing.add_use_case(draft=opened, use_case=taken)


# --- Two editors --------------------------------------------------------------------------------------


def test_the_second_editor_is_told_who_changed_what(
    opened: Draft, manager: User, draft: Edition
) -> None:
    first = replace(opened, by=manager)
    saved = edition_editing.change_measure(
        draft=first, use_case="ci", measure=ci(opened, bands=bands(0.1, 0.5))
    )
    again = replace(first, revision=saved.revision)
    saved = edition_editing.move_use_case(draft=again, code="ci", by=-1)
    with pytest.raises(EditionChangedMeanwhile, match="changed the draft 2026") as refused:
        edition_editing.change_measure(draft=opened, use_case="ci", measure=ci(opened, weight=9.0))
    assert refused.value.revision == saved.revision
    assert [(other.who, other.changes) for other in refused.value.others] == [
        (str(manager), ("another order of the use cases",)),
        (
            str(manager),
            ("ci.ci_per_user: Yellow > 0.1 to ≤ 0.33 → > 0.1 to ≤ 0.5",
             "ci.ci_per_user: Green > 0.33 → > 0.5"),
        ),
    ]  # fmt: skip
    assert stored(opened).use_case("ci").measures[0].weight == 1


def test_saving_again_over_what_was_read_keeps_the_other_change(
    opened: Draft, manager: User
) -> None:
    other = replace(stored(opened).use_case("security").measures[0], weight=4.0)
    first = replace(opened, by=manager)
    edition_editing.change_measure(draft=first, use_case="security", measure=other)
    with pytest.raises(EditionChangedMeanwhile) as refused:
        edition_editing.change_measure(draft=opened, use_case="ci", measure=ci(opened, weight=9.0))
    again = replace(opened, revision=refused.value.revision)
    edition_editing.change_measure(draft=again, use_case="ci", measure=ci(opened, weight=9.0))
    assert [each.weight for _, each in stored(opened).measures()] == [1, 9, 4]


def test_a_change_in_another_form_of_the_admin_is_told_by_its_entry(
    opened: Draft, manager: User
) -> None:
    green = Band.objects.get(measure__code="ci_per_user", color="Green")
    green.lower_closed = True
    green.save()
    detail = {"changes": {"lower_closed": [False, True], "band 7": "deleted"}}
    audit.record("band.changed", green, now=NOW, by=manager, detail=detail)
    with pytest.raises(EditionChangedMeanwhile) as refused:
        edition_editing.move_use_case(draft=opened, code="ci", by=1)
    (told,) = refused.value.others
    assert set(told.changes) == {f"{green}: lower_closed False → True", f"{green}: band 7"}


def test_a_change_that_nothing_was_noted_of_is_told_all_the_same(opened: Draft) -> None:
    green = Band.objects.get(measure__code="ci_per_user", color="Green")
    green.lower_closed = True
    green.save()
    with pytest.raises(EditionChangedMeanwhile, match="Somebody changed") as refused:
        edition_editing.move_use_case(draft=opened, code="ci", by=1)
    assert refused.value.others == ()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_that_save_at_once_one_is_told(opened: Draft, now: datetime) -> None:
    start = Barrier(2)

    def save(weight: float) -> bool:
        wanted = ci(opened, weight=weight)
        start.wait()
        try:
            edition_editing.change_measure(draft=opened, use_case="ci", measure=wanted)
        except EditionChangedMeanwhile:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, (2.0, 3.0))) == [False, True]
