"""Results of a benchmark as JSON values."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np


def json_values(value: object) -> object:
    """Dataclasses as objects and tuples as lists; numbers that are not finite as null."""
    if is_dataclass(value):
        return {f.name: json_values(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(k): json_values(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 5) if np.isfinite(value) else None
    return value
