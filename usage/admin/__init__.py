from __future__ import annotations

from usage.admin import customers, editions, instances, metrics, payloads, scores

__all__ = ["customers", "editions", "instances", "metrics", "payloads", "scores"]
