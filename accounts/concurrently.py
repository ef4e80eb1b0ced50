"""Migration operations that build an index while others read and write.

On PostgreSQL in CONCURRENTLY's two passes: the migration needs `atomic = False`. What a killed run
left half built is built anew, what it finished is kept. Elsewhere the index is built as always.
"""

from __future__ import annotations

from typing import cast

from django.db import ProgrammingError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Index, Model, UniqueConstraint

IS_VALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(quote_ident(%s)) AND indisvalid"


class AddIndexConcurrently(AddIndex):
    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = cast("type[Model]", to_state.apps.get_model(app_label, self.model_name))
        statement = str(self.index.create_sql(model, schema_editor, concurrently=True))
        _build(schema_editor, self.index.name, statement)


class AddUniqueConcurrently(AddConstraint):
    """The index comes first, concurrently; making it a constraint then takes an instant."""

    atomic = False
    model_name: str
    constraint: UniqueConstraint

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = cast("type[Model]", to_state.apps.get_model(app_label, self.model_name))
        constraint = self.constraint
        as_index = Index(
            fields=constraint.fields, name=constraint.name, condition=constraint.condition
        )
        plain = str(as_index.create_sql(model, schema_editor, concurrently=True))
        unique = plain.replace("CREATE INDEX", "CREATE UNIQUE INDEX", 1)
        _build(schema_editor, constraint.name, unique)
        if constraint.condition is not None or _is_constraint(schema_editor, constraint.name):
            return
        table, name = (
            schema_editor.quote_name(each) for each in (model._meta.db_table, constraint.name)
        )
        schema_editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
        )


class AddCheckConcurrently(AddConstraint):
    """New rows are held to it at once; that the old ones keep it is seen while others read and write."""

    atomic = False
    model_name: str
    constraint: CheckConstraint

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = cast("type[Model]", to_state.apps.get_model(app_label, self.model_name))
        name = self.constraint.name
        if not _is_constraint(schema_editor, name):
            schema_editor.execute(
                f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", None
            )
        table, quoted = map(schema_editor.quote_name, (model._meta.db_table, name))
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted}")


class AddTrigramIndex(Operation):
    """Index the upper case of a text column by trigrams, so that `icontains` finds without reading all.

    PostgreSQL alone has it. The extension is of those that a database's owner may create; where the
    role may not, an administrator does so once, and this migration is run again.
    """

    atomic = False
    reversible = True

    def __init__(self, *, table: str, column: str, name: str) -> None:
        self.table = table
        self.column = column
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """No model knows of it."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        _create_extension(schema_editor)
        table, column, name = map(schema_editor.quote_name, (self.table, self.column, self.name))
        _build(
            schema_editor,
            self.name,
            f"CREATE INDEX CONCURRENTLY {name} ON {table} USING gin (UPPER({column}) gin_trgm_ops)",
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            _drop(schema_editor, self.name)

    def describe(self) -> str:
        return f"Index {self.column} of {self.table} by trigrams"

    @property
    def migration_name_fragment(self) -> str:
        return self.name


class ExtensionMissing(Exception):
    def __init__(self) -> None:
        super().__init__(
            "The search by name needs the extension pg_trgm, and this role may not create it. "
            "Let an administrator of the database run CREATE EXTENSION pg_trgm; in it, or "
            "GRANT CREATE ON DATABASE … TO this role; then migrate again."
        )


def _create_extension(schema_editor: BaseDatabaseSchemaEditor) -> None:
    if _exists(schema_editor, "SELECT 1 FROM pg_extension WHERE extname = %s", "pg_trgm"):
        return
    try:
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except ProgrammingError as refused:
        raise ExtensionMissing from refused


def _build(schema_editor: BaseDatabaseSchemaEditor, name: str, statement: str) -> None:
    """Build an index unless it is there and whole."""
    if not _exists(schema_editor, IS_VALID, name):
        _drop(schema_editor, name)
        schema_editor.execute(statement)


def _is_constraint(schema_editor: BaseDatabaseSchemaEditor, name: str) -> bool:
    return _exists(schema_editor, "SELECT 1 FROM pg_constraint WHERE conname = %s", name)


def _exists(schema_editor: BaseDatabaseSchemaEditor, query: str, name: str) -> bool:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(query, [name])
        return cursor.fetchone() is not None


def _drop(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")
