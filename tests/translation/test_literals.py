"""No text that a person sees is written down without its mark, in a branch that no test renders either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.repository import APPS, ROOT, modules, templates
from tests.translation.literals import said_on_import, texts_in_module, texts_in_template

ALLOWED = {
    "delete-confirmation": "a class of the admin's stylesheet",
    "all": "a part of an id",
    "'https://'": "the beginning of an address",
    "'https://…'": "another one",
    "%(fault)s": "holds a text that is marked where it is made",
    "'%(fault)s'": "the same, in a form",
    "size_metric": "a field's name",
}
# Their labels are the reference of the API, which is English: see docs/translation.md.
REFERENCE = {"api", "api.py", "filters.py", "openapi.py"}
OPERATORS = {"migrations", "management"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = [
    path
    for path in modules(*APPS, "config")
    if not set(path.relative_to(ROOT).parts) & (REFERENCE | OPERATORS)
]


@pytest.mark.parametrize("path", templates(), ids=named)
def test_a_template_marks_its_texts(path: Path) -> None:
    found = {text.strip() for text in texts_in_template(path.read_text())}
    assert found - ALLOWED.keys() == set()


def test_modules_mark_labels_choices_messages_and_errors() -> None:
    found = {named(path): set(texts_in_module(path)) - ALLOWED.keys() for path in MODULES}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        '<a title="Hello">{{ x }}</a>',
        '<input type="submit" value="Save">',
        '{{ owner|default:"nobody" }}',
        "<p>{% if a %}Yes{% endif %}</p>",
        '{% include "x.html" with name="Health" %}',
    ],
)
def test_an_unmarked_text_of_a_template_is_found(source: str) -> None:
    assert len(texts_in_template(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'messages.success(request, "Saved.")',
        'messages.success(request, f"{n} were saved.")',
        'x = forms.CharField(label="Name")',
        'class Kind(TextChoices):\n    A = "a", "First"',
        'raise ValidationError({"a": ["Too long."]})',
        'class Lost(DomainError):\n    def __init__(self) -> None:\n        super().__init__("It is lost.")',
    ],
)
def test_an_unmarked_text_of_a_module_is_found(source: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(source)
    assert len(texts_in_module(path)) == 1


def test_no_text_is_looked_up_while_a_module_is_read() -> None:
    found = {named(path): said_on_import(path) for path in modules(*APPS, "config")}
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_a_text_that_is_looked_up_too_early_is_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text('A = gettext("Hello")\nB = _("Hello %(x)s") % {"x": 1}\n')
    assert len(said_on_import(path)) == 2
