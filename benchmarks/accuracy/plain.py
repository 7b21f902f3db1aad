"""What a benchmark found, as JSON has it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np


def plain(value: object) -> object:
    """Dataclasses and arrays as JSON has them; what is not finite as null."""
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 5) if np.isfinite(value) else None
    return value
