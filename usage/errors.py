from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.errors import DomainError
from accounts.words import gettext


class EditionIsPublished(DomainError):
    """A published edition was about to change."""

    def __init__(self, edition: str) -> None:
        super().__init__(
            gettext("Edition %(edition)s is published and cannot change; make a new edition.")
            % {"edition": edition}
        )
        self.edition = edition


class EditionDecidesAlready(DomainError):
    """An edition was to be put in force where it is."""

    def __init__(self, edition: str, period: str | None) -> None:
        since = f"the months from {period} on" if period else "all months"
        super().__init__(
            gettext("Edition %(edition)s decides %(since)s already.")
            % {"edition": edition, "since": since}
        )
        self.edition = edition
        self.period = period


class EditionChangedSince(DomainError):
    """A draft was to be published that says something else than was shown."""

    def __init__(self, edition: str) -> None:
        super().__init__(
            gettext(
                "Somebody changed edition %(edition)s since it was shown to you. Look at it again; nothing was published."
            )
            % {"edition": edition}
        )
        self.edition = edition


class NoteMissing(DomainError):
    """An edition was to be put in force without a reason."""

    def __init__(self) -> None:
        super().__init__(gettext("Say why the edition is put in force."))


class NothingToRollBack(DomainError):
    """No other edition decided before the months that an edition decides, or it decides none."""

    def __init__(self, edition: str) -> None:
        super().__init__(
            gettext("No edition decided before %(edition)s the months that it decides.")
            % {"edition": edition}
        )
        self.edition = edition


class EditionInvalid(DomainError):
    """An edition's definition breaks a rule; `faults` holds one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            gettext("The edition is not valid: %(faults)s") % {"faults": "; ".join(faults)}
        )
        self.faults = faults


@dataclass(frozen=True)
class Meanwhile:
    """What somebody else did to a draft: one sentence per difference."""

    who: str
    at: datetime
    changes: tuple[str, ...]


class EditionChangedMeanwhile(DomainError):
    """A draft is no longer what its editor opened; `revision` is what it is now."""

    def __init__(self, edition: str, revision: str, others: tuple[Meanwhile, ...]) -> None:
        who = ", ".join(dict.fromkeys(other.who for other in others)) or gettext("Somebody")
        super().__init__(
            gettext("%(who)s changed the draft %(edition)s after you opened it.")
            % {"who": who, "edition": edition}
        )
        self.revision = revision
        self.others = others


class PartUnknown(DomainError):
    """A use case or measure that is not, or no longer, in an edition."""

    def __init__(self, edition: str, code: str) -> None:
        super().__init__(
            gettext("The edition %(edition)s has no %(code)s; it may have been removed.")
            % {"edition": edition, "code": code}
        )
        self.code = code


class CodeTaken(DomainError):
    """A use case or measure was to be added whose code is used already."""

    def __init__(self, code: str) -> None:
        super().__init__(gettext("The code %(code)s is used already.") % {"code": code})
        self.code = code


class EditionUnknown(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(gettext("There is no edition named %(name)s.") % {"name": repr(name)})
        self.name = name


class NoEditionInForce(DomainError):
    def __init__(self, period: str) -> None:
        super().__init__(
            gettext(
                "No published edition is in force in %(period)s; run `manage.py load_defaults`."
            )
            % {"period": period}
        )
        self.period = period


class PeriodInvalid(DomainError):
    def __init__(self, text: str) -> None:
        super().__init__(
            gettext("%(text)s is not a month; write it like 2026-05.") % {"text": repr(text[:40])}
        )
        self.text = text


class CardsDrifted(DomainError):
    """Score cards came out otherwise when they were made anew: the data page lists them."""

    def __init__(self, count: int, checked: int) -> None:
        super().__init__(
            gettext(
                "%(count)s of %(checked)s score cards that were made anew came out otherwise than they are stored; the page Data says which, and docs/operation.md what to do."
            )
            % {"count": count, "checked": checked}
        )
        self.count = count
        self.checked = checked


class MetricBreakKnown(DomainError):
    """A metric's series breaks in that month already, as somebody has said."""

    def __init__(self, key_path: str, period: str) -> None:
        super().__init__(
            gettext(
                "A break of %(key_path)s in %(period)s is recorded already; withdraw it to say otherwise."
            )
            % {"key_path": key_path, "period": period}
        )
        self.key_path = key_path
        self.period = period


class MonthNotScored(DomainError):
    def __init__(self, period: str) -> None:
        super().__init__(gettext("The account has no score of %(period)s.") % {"period": period})
        self.period = period


class ScorePartUnknown(DomainError):
    """A score was asked for that an edition does not have."""

    def __init__(self, code: str, edition: str) -> None:
        super().__init__(
            gettext("Edition %(edition)s has no part %(code)s.")
            % {"edition": edition, "code": repr(code[:80])}
        )
        self.code = code
        self.edition = edition


class BacktestLeadsInvalid(DomainError):
    """The leads of a backtest are none, or beyond what anybody can look ahead."""

    def __init__(self, longest: int) -> None:
        super().__init__(
            gettext("Months ahead are whole numbers from 1 to %(longest)s, such as 3,6,9.")
            % {"longest": longest}
        )
        self.longest = longest
