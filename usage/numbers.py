"""Numbers as people read them. Pure."""

from __future__ import annotations

MOST_DECIMALS = 6  # what a value is rounded to before a bound


def number(value: float, *, is_share: bool = False, unlike: float | None = None) -> str:
    """Three significant digits, thousands apart; a share in per cent.

    `unlike`: another number that must not look the same, such as the bound that it lies below.
    """
    text = _text(value, is_share=is_share)
    if unlike is not None and value != unlike and text == _text(unlike, is_share=is_share):
        return _told_apart(value, unlike, is_share=is_share)
    return text


def amount(value: float, *, unit: str, is_share: bool, unlike: float | None = None) -> str:
    """The value with its unit: "38 builds per billable user", "61 % of seats in use"."""
    return f"{number(value, is_share=is_share, unlike=unlike)} {unit}".strip()


def _text(value: float, *, is_share: bool) -> str:
    if is_share:
        percent = value * 100
        whole = percent >= 9.95 or abs(percent - round(percent)) < 0.05
        return f"{percent:,.0f} %" if whole else f"{percent:.1f} %"
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return (
        f"{value:.3g}" if abs(value) >= 0.0001 else f"{value:.{MOST_DECIMALS}f}".rstrip("0.") or "0"
    )


def _told_apart(value: float, unlike: float, *, is_share: bool) -> str:
    """The value with as few decimals as tell the two apart."""
    scale, sign = (100, " %") if is_share else (1, "")
    for decimals in range(1, MOST_DECIMALS):
        if round(value * scale, decimals) != round(unlike * scale, decimals):
            return f"{value * scale:,.{decimals}f}{sign}"
    return _text(value, is_share=is_share)  # so close, it lies on the bound
