"""The body of a request: each value of the type that the schema gives it, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

from accounts.serializers import RequestSerializer


class Order(RequestSerializer):
    title = serializers.CharField(required=False, max_length=8)
    is_urgent = serializers.BooleanField(required=False)
    days = serializers.IntegerField(required=False, allow_null=True)
    ids = serializers.ListField(child=serializers.IntegerField(), required=False)


def errors(**body: Any) -> dict[str, str]:
    order = Order(data=body)
    order.is_valid()
    return {name: str(told) for name, told in order.errors.items()}


def test_what_is_well_typed_is_taken() -> None:
    assert errors(title="A", is_urgent=False, days=None, ids=[1, 2]) == {}


@pytest.mark.parametrize("number", [1, 1.5])
def test_a_number_is_no_text(number: object) -> None:
    assert errors(title=number) == {"title": "Not a valid string."}


@pytest.mark.parametrize("value", [0, 1.0, "yes", "false"])
def test_what_stands_for_yes_or_no_elsewhere_is_neither(value: object) -> None:
    assert errors(is_urgent=value) == {"is_urgent": "Must be a valid boolean."}


@pytest.mark.parametrize("value", ["3", "-1"])
def test_a_text_is_no_number(value: object) -> None:
    assert errors(days=value) == {"days": "A valid integer is required."}


def test_each_value_of_a_list_is_looked_at() -> None:
    assert errors(ids=[1, "2"]) == {"ids": "A valid integer is required."}


def test_a_text_is_not_cut_to_its_length() -> None:
    assert errors(title="A" + " " * 8) == {
        "title": "Ensure this field has no more than 8 characters."
    }


def test_a_field_that_is_not_known_is_refused() -> None:
    assert errors(colour="Red") == {"colour": "There is no such field."}
