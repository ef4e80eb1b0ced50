"""The manager's view: what is late, who does what, and how the book of business stands."""

from __future__ import annotations
