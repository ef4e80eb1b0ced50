"""JSON Schemas of the YAML files, made from the forms that check them: they cannot say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from usage.definitions import LENGTHS, LISTS
from usage.models import Measure
from usage.services.edition_files import AGE, AgeField, EditionIn, TermField
from usage.services.file_fields import INTERVAL, IntervalField

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
Field = serializers.Field[Any, Any, Any, Any]

WORD: Schema = {"type": ["string", "integer", "null"]}
WORDS: Schema = {
    "anyOf": [WORD, {"type": "array", "items": {"type": ["string", "integer"]}}],
}


def edition_schema() -> Schema:
    """Of the files of editions."""
    return {"$schema": DIALECT, "title": "An edition", **_of(EditionIn())}


def metrics_schema() -> Schema:
    """Of the files of metric definitions: a list, or one definition. Other keys are kept."""
    known: Schema = {name: {**WORD, "maxLength": length} for name, length in LENGTHS.items()}
    known |= {spelling: WORDS for spellings in LISTS.values() for spelling in spellings}
    known |= {
        "key_path": {"type": "string", "minLength": 1, "maxLength": LENGTHS["key_path"]},
        "options": {"type": ["object", "null"]},
        "tracked": {"type": "boolean"},
    }
    definition = {"type": "object", "required": ["key_path"], "properties": known}
    return {
        "$schema": DIALECT,
        "title": "Metric definitions",
        "anyOf": [{"type": "array", "items": definition}, definition],
    }


def _of(field: Field) -> Schema:
    schema = next(make(field) for kind, make in KINDS if isinstance(field, kind))
    if field.allow_null:
        nothing = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        schema = schema | {"type": [schema["type"], "null"]} | nothing
    return schema


def _object(form: Any) -> Schema:
    required = [name for name, field in form.fields.items() if field.required]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": {name: _of(field) for name, field in form.fields.items()},
    }


def _list(field: Any) -> Schema:
    return {"type": "array", "items": _of(field.child)}


def _term(field: Any) -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {
            operation: {"type": "array", "minItems": 1, "items": {"type": "string"}}
            for operation in Measure.Operation.values
        },
    }


def _text(field: Any) -> Schema:
    longest = {"maxLength": field.max_length} if field.max_length else {}
    pattern = {"pattern": field.regex} if hasattr(field, "regex") else {}
    shortest = {} if field.allow_blank else {"minLength": 1}
    return {"type": "string", **longest, **shortest, **pattern}


def _choice(field: Any) -> Schema:
    choices = list(field.choices)
    return {"type": "string" if isinstance(choices[0], str) else "integer", "enum": choices}


def _bounded(kind: str) -> Callable[[Any], Schema]:
    def make(field: Any) -> Schema:
        bounds = {"minimum": field.min_value, "maximum": field.max_value}
        return {"type": kind} | {name: bound for name, bound in bounds.items() if bound is not None}

    return make


def _pattern(pattern: str) -> Callable[[Any], Schema]:
    return lambda field: {"type": "string", "pattern": pattern}


KINDS: tuple[tuple[type[Any], Callable[[Any], Schema]], ...] = (
    (TermField, _term),
    (AgeField, _pattern(AGE.pattern)),
    (IntervalField, _pattern(INTERVAL.pattern)),
    (serializers.ListSerializer, _list),
    (serializers.Serializer, _object),
    (serializers.ListField, _list),
    (serializers.DictField, lambda f: {"type": "object", "additionalProperties": _of(f.child)}),
    (serializers.ChoiceField, _choice),
    (serializers.BooleanField, lambda f: {"type": "boolean"}),
    (serializers.IntegerField, _bounded("integer")),
    (serializers.FloatField, _bounded("number")),
    (serializers.RegexField, lambda f: _text(f) | {"pattern": _regex(f)}),
    (serializers.CharField, _text),
)
"""The first that fits; a field of another kind is a StopIteration, which the tests find."""


def _regex(field: Any) -> str:
    validators = (getattr(each, "regex", None) for each in field.validators)
    return next(str(regex.pattern) for regex in validators if regex is not None)
