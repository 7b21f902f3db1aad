"""A logarithmic axis of odds ratios, with ticks at round numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axis import Axis

DENSE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
PLAIN = (1.0, 2.0, 5.0)
SPARSE = (1.0, 3.0)
DECADES = (1.0,)
MAX_TICKS = 7


def odds_ratio_axis(axis: Axis, low: float, high: float, ticks: int = MAX_TICKS) -> None:
    """Set a log scale with ticks at round odds ratios, 1 among them.

    Args:
        axis: Axis of odds ratios.
        low: Its lower end.
        high: Its upper end.
        ticks: How many ticks there is room for; if need be they are at powers of 10 only.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})  # type: ignore[attr-defined]
    decades = range(int(np.floor(np.log10(low))) - 1, int(np.ceil(np.log10(high))) + 1)
    for steps in (DENSE, PLAIN, SPARSE, DECADES):
        values = [s * 10.0**d for d in decades for s in steps if low <= s * 10.0**d <= high]
        if len(values) <= min(ticks, MAX_TICKS):
            break
    axis.set_major_locator(FixedLocator(sorted({*values, 1.0})))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))
    axis.set_minor_locator(NullLocator())
