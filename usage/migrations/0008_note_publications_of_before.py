"""Each published edition was put in force once: by what its own row says."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NOTE = "Published before reasons were noted."


def note(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    edition, publication = (apps.get_model("usage", name) for name in ("Edition", "Publication"))
    publication.objects.bulk_create(
        publication(
            edition=row,
            in_force_from=row.in_force_from,
            published_at=row.published_at,
            published_by_id=row.published_by_id,
            note=NOTE,
        )
        for row in edition.objects.filter(status="published").order_by("published_at", "pk")
    )


class Migration(migrations.Migration):
    dependencies = [("usage", "0007_settle_drops_and_note_publications")]

    operations = [migrations.RunPython(note, migrations.RunPython.noop, elidable=True)]
