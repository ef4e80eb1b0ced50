"""Editions between files and rows: stored, published, retired, copied, in force."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tests.factories import NOW, make_metric, make_score_card, make_user
from usage.errors import (
    EditionDecidesAlready,
    EditionInvalid,
    EditionIsPublished,
    EditionUnknown,
)
from usage.models import Band, Edition, MaturityLevel, Measure, UseCase, Weight
from usage.services import edition_files, editions
from usage.services.edition_files import EditionFile

pytestmark = pytest.mark.django_db

TEA = Path(__file__).with_name("tea.yaml")
METRICS = ("guests", "cups", "full_cups", "minutes", "scones", "muffins")
Status = Edition.Status


@pytest.fixture(autouse=True)
def metrics(db: None) -> None:
    for key in METRICS:
        make_metric(key)


@pytest.fixture
def file() -> EditionFile:
    return edition_files.read(TEA)


def published(file: EditionFile, now: datetime) -> Edition:
    return editions.publish(
        edition_id=editions.store(file, now=NOW).edition.pk, now=now, note="Tea."
    )


def another(file: EditionFile, **changes: object) -> EditionFile:
    return replace(file, edition=replace(file.edition, **changes))  # type: ignore[arg-type]


def test_a_stored_edition_reads_back_as_its_file(file: EditionFile) -> None:
    loaded = editions.store(file, now=NOW)
    assert loaded.outcome == "created"
    assert loaded.edition.status == Status.DRAFT
    assert editions.load(loaded.edition.pk) == file.edition


def test_the_same_file_again_changes_nothing(file: EditionFile, now: datetime) -> None:
    first = editions.store(file, now=NOW).edition
    assert editions.store(file, now=NOW) == editions.Loaded(first, "unchanged")
    editions.publish(edition_id=first.pk, now=now, note="Tea.")
    assert editions.store(file, now=NOW).outcome == "unchanged"


def test_a_changed_file_replaces_its_draft(file: EditionFile) -> None:
    editions.store(file, now=NOW)
    loaded = editions.store(another(file, red_up_to=40), now=NOW)
    assert loaded.outcome == "replaced"
    assert Edition.objects.get().red_up_to == 40


@pytest.mark.parametrize("change", [{"in_force_from": None}, {"description": "Otherwise."}])
def test_a_draft_takes_over_what_no_score_depends_on(
    file: EditionFile, change: dict[str, object]
) -> None:
    editions.store(file, now=NOW)
    assert editions.store(replace(file, **change), now=NOW).outcome == "replaced"  # type: ignore[arg-type]


def test_replacing_a_draft_takes_the_cards_of_its_trial_with_it(file: EditionFile) -> None:
    make_score_card(edition=editions.store(file, now=NOW).edition)
    kept = make_score_card()
    editions.store(another(file, red_up_to=40), now=NOW)
    assert list(kept.__class__.objects.all()) == [kept]


@pytest.mark.parametrize("settle", [editions.publish, editions.retire])
def test_a_published_edition_is_not_replaced(
    file: EditionFile, now: datetime, settle: Callable[..., Edition]
) -> None:
    settle(edition_id=editions.store(file, now=NOW).edition.pk, now=now, note="Tea.")
    with pytest.raises(EditionIsPublished):
        editions.store(another(file, red_up_to=40), now=NOW)
    with pytest.raises(EditionIsPublished):
        editions.store(replace(file, in_force_from=date(2026, 1, 1)), now=NOW)


def test_an_invalid_edition_is_not_stored(file: EditionFile) -> None:
    with pytest.raises(EditionInvalid, match="rooms is not in the metric dictionary"):
        editions.store(another(file, size_metric="rooms"), now=NOW)
    assert not Edition.objects.exists()


def test_publishing_says_when_and_by_whom(file: EditionFile, now: datetime) -> None:
    by = make_user("admin")
    edition = editions.publish(
        edition_id=editions.store(file, now=NOW).edition.pk, now=now, by=by, note="Tea."
    )
    assert (edition.status, edition.published_at, edition.published_by) == (
        Status.PUBLISHED,
        now,
        by,
    )
    with pytest.raises(EditionDecidesAlready):
        editions.publish(edition_id=edition.pk, now=now, note="Tea.")


def test_a_draft_that_was_broken_since_is_not_published(file: EditionFile, now: datetime) -> None:
    edition = editions.store(file, now=NOW).edition
    Band.objects.filter(color="Green").first().delete()  # type: ignore[union-attr]
    with pytest.raises(EditionInvalid):
        editions.publish(edition_id=edition.pk, now=now, note="Tea.")


def in_force(period: date) -> Edition | None:
    return Edition.objects.in_force_at(period).first()


def test_a_retired_edition_is_not_in_force(file: EditionFile, now: datetime) -> None:
    edition = published(file, now)
    assert in_force(date(2026, 10, 1)) == edition
    editions.retire(edition_id=edition.pk, now=now)
    assert in_force(date(2026, 10, 1)) is None


def test_a_retired_edition_can_be_put_in_force_again(file: EditionFile, now: datetime) -> None:
    edition = published(file, now)
    editions.retire(edition_id=edition.pk, now=now)
    editions.publish(edition_id=edition.pk, now=now, note="Tea.")
    assert in_force(date(2026, 10, 1)) == edition


def test_a_copy_is_a_draft_that_may_change(file: EditionFile, now: datetime) -> None:
    source = published(file, now)
    copy = editions.copy_as_draft(edition_id=source.pk, name="coffee")
    assert copy.is_draft
    assert editions.load(copy.pk) == replace(file.edition, name="coffee")
    UseCase.objects.filter(edition=copy).update(name="Roasting")
    assert editions.load(source.pk) == file.edition


def test_the_edition_of_a_month_is_the_newest_in_force(file: EditionFile, now: datetime) -> None:
    months = {"old": None, "mid": date(2026, 7, 1), "new": date(2026, 10, 1)}
    for name, month in months.items():
        published(replace(another(file, name=name), in_force_from=month), now)
    editions.store(replace(another(file, name="draft"), in_force_from=date(2026, 8, 1)), now=now)
    expected = {6: "old", 7: "mid", 9: "mid", 10: "new", 11: "new"}
    got = {month: in_force(date(2026, month, 1)) for month in expected}
    assert {month: str(edition) for month, edition in got.items()} == expected


def test_of_two_for_the_same_months_the_one_published_later_is_in_force(
    file: EditionFile, now: datetime
) -> None:
    for name, hour in [("later", 9), ("earlier", 8)]:
        published(another(file, name=name), now.replace(hour=hour))
    assert str(in_force(date(2026, 10, 1))) == "later"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(EditionUnknown, match="no edition named"):
        editions.named("coffee")


# --- What the database refuses ---------------------------------------------------------------------

RAW = [
    "UPDATE usage_edition SET red_up_to = 10",
    "UPDATE usage_edition SET in_force_from = NULL",
    "UPDATE usage_edition SET status = 'draft', published_at = NULL",
    "UPDATE usage_usecase SET roll_up = 'value'",
    "UPDATE usage_measure SET weight = 9",
    "UPDATE usage_band SET upper_closed = NOT upper_closed",
    "UPDATE usage_maturitylevel SET up_to = 1",
    "UPDATE usage_weight SET weight = 9",
]


@pytest.mark.parametrize("statement", RAW)
def test_raw_sql_cannot_change_a_published_edition(
    file: EditionFile, now: datetime, statement: str
) -> None:
    published(file, now)
    refused = pytest.raises(DatabaseError, match="a published edition cannot change")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", RAW[:2] + RAW[3:])
def test_raw_sql_may_change_a_draft(file: EditionFile, statement: str) -> None:
    editions.store(file, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0


def additions(edition: Edition) -> list[Callable[[], object]]:
    use_case = edition.use_cases.first()
    measure = Measure.objects.filter(use_case__edition=edition).first()
    return [
        lambda: UseCase.objects.bulk_create(
            [UseCase(edition=edition, code="x", name="X", position=9, roll_up="value")]
        ),
        lambda: Measure.objects.bulk_create(
            [Measure(use_case=use_case, code="x", name="X", position=9, numerator=["cups"])]
        ),
        lambda: Band.objects.bulk_create([Band(measure=measure, color="Red", upper=1)]),
        lambda: MaturityLevel.objects.bulk_create(
            [MaturityLevel(edition=edition, position=9, name="x")]
        ),
        lambda: Weight.objects.bulk_create(
            [Weight(edition=edition, parent="x", child="y", position=9, weight=1)]
        ),
    ]


@pytest.mark.parametrize("position", range(5))
def test_nothing_is_added_to_a_published_edition(
    file: EditionFile, now: datetime, position: int
) -> None:
    edition = published(file, now)
    refused = pytest.raises(DatabaseError, match="a published edition cannot change")
    with refused, transaction.atomic():
        additions(edition)[position]()


def test_a_part_of_a_published_edition_is_refused_in_words(
    file: EditionFile, now: datetime
) -> None:
    edition = published(file, now)
    for part in (
        edition.use_cases.get(code="baking"),
        Measure.objects.get(code="cakes"),
        Band.objects.filter(measure__code="cakes")[0],
        edition.levels.all()[0],
        edition.weights.all()[0],
    ):
        with pytest.raises(EditionIsPublished):
            part.save()
        with pytest.raises(EditionIsPublished):
            part.delete()


# --- Commands --------------------------------------------------------------------------------------


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("load_edition", *args, stdout=out)
    return out.getvalue().strip()


def test_the_command_loads_and_publishes() -> None:
    assert run(str(TEA)) == "Edition tea: created, draft."
    assert run(str(TEA), "--publish") == "Edition tea: unchanged, published."
    assert run(str(TEA), "--publish") == "Edition tea: unchanged, published."


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "tea.yaml"
    path.write_text(TEA.read_text().replace("(1, 2]", "(1.5, 2]"))
    with pytest.raises(
        CommandError, match=r"brewing\.cups_per_guest: a gap between Red and Yellow"
    ):
        run(str(path))


def test_the_shipped_editions_are_loaded_once(now: datetime) -> None:
    call_command("load_defaults", stdout=(out := io.StringIO()))
    assert "Edition 2024: created, retired" in out.getvalue()
    assert "Edition 2025: created, published" in out.getvalue()
    assert "Edition 2025-prove: created, draft" in out.getvalue()
    assert [loaded.outcome for loaded in editions.load_shipped(now=now)] == ["unchanged"] * 3
    assert str(in_force(date(1999, 1, 1))) == "2025"
    assert (
        editions.store(edition_files.read(editions.SHIPPED / "2024.yaml"), now=NOW).outcome
        == "unchanged"
    )


def test_a_published_edition_is_read_once(
    file: EditionFile, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    edition = published(file, NOW)
    first = editions.load(edition.pk)
    with django_assert_num_queries(1):
        assert editions.load(edition.pk) is first


def test_a_draft_is_read_as_it_is_now(file: EditionFile) -> None:
    edition = editions.store(file, now=NOW).edition
    before = editions.load(edition.pk)
    Edition.objects.filter(pk=edition.pk).update(stale_after_days=before.stale_after_days + 1)
    assert editions.load(edition.pk).stale_after_days == before.stale_after_days + 1


def test_what_is_asked_of_drops_and_samples_reads_back(file: EditionFile) -> None:
    use_case = file.edition.use_cases[0]
    ratios = [replace(each, minimum_sample=5.0) for each in use_case.measures if each.denominator]
    asked = replace(
        use_case,
        hold_months=2,
        exit_margin=0.1,
        recovery_months=3,
        measures=(*ratios, *(each for each in use_case.measures if not each.denominator)),
    )
    changed = another(file, use_cases=(asked, *file.edition.use_cases[1:]))
    loaded = editions.store(changed, now=NOW)
    assert editions.load(loaded.edition.pk) == changed.edition
    row = UseCase.objects.get(edition=loaded.edition, code=use_case.code)
    assert (row.hold_months, row.exit_margin, row.recovery_months) == (2, 0.1, 3)
