"""The pages of one account: a module for each tab, each with its own few queries."""

from __future__ import annotations
