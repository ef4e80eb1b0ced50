"""Numbers as people read them. Pure."""

from __future__ import annotations


def number(value: float, *, is_share: bool = False) -> str:
    """Three significant digits, thousands apart; a share in per cent."""
    if is_share:
        percent = value * 100
        whole = percent >= 10 or abs(percent - round(percent)) < 0.05
        return f"{percent:,.0f} %" if whole else f"{percent:.1f} %"
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def amount(value: float, *, unit: str, is_share: bool) -> str:
    """The value with its unit: "38 builds per billable user", "61 % of seats in use"."""
    return f"{number(value, is_share=is_share)} {unit}".strip()
