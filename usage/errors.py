from __future__ import annotations

from accounts.errors import DomainError


class EditionIsPublished(DomainError):
    """A published edition was about to change."""

    def __init__(self, edition: str) -> None:
        super().__init__(f"Edition {edition} is published and cannot change; make a new edition.")
        self.edition = edition


class EditionInvalid(DomainError):
    """An edition's definition breaks a rule; `faults` holds one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The edition is not valid: " + "; ".join(faults))
        self.faults = faults


class EditionUnknown(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no edition named {name!r}.")
        self.name = name


class NoEditionInForce(DomainError):
    def __init__(self, period: str) -> None:
        super().__init__(
            f"No published edition is in force in {period}; run `manage.py load_defaults`."
        )
        self.period = period


class PeriodInvalid(DomainError):
    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:40]!r} is not a month; write it like 2026-05.")
        self.text = text
