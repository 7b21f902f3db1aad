"""Readings by batch before and after harmonisation, side by side.

matplotlib is loaded when the figure is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.report.agreement.figures import INK, MANY, SOFT, STYLE
from vbq.report.colours import SKY_BLUE, VERMILLION
from vbq.text import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from vbq.reference.harmonisation import Harmonised

__all__ = ["draw_harmonised"]

LONGEST = 26  # letters of a batch's name
GOLDEN = 0.6180339887498949  # multiples of it spread points evenly, the same in every run


def draw_harmonised(found: Harmonised, feature: int, unit: str) -> Figure:
    """Every reading, the quartiles and the mean of each batch; both panels on one scale.

    Args:
        found: The harmonised readings.
        feature: Which of them, 0 to k - 1.
        unit: What is read, for the axis.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        width = min(max(6.4, 1.6 + 1.5 * len(found.batches)), 14.0)
        tall = len(found.batches) > 4 or max(map(len, found.batches)) > 12
        figure = Figure(figsize=(width, 4.6 if tall else 3.8), layout="constrained")
        both = figure.subplots(1, 2, sharey=True)
        for axes, values, title in zip(
            both,
            (found.before[:, feature], found.after[:, feature]),
            ("Before", "After"),
            strict=True,
        ):
            _panel(axes, values, found.batch)
            axes.set_title(title, loc="left", fontsize=10, color=INK)
            names = [
                f"{_short(name)}\nn = {count}"
                for name, count in zip(found.batches, found.counts, strict=True)
            ]
            axes.set_xticks(range(len(names)), names)
            if tall:
                axes.tick_params(axis="x", labelrotation=40)
                for label in axes.get_xticklabels():
                    label.set(ha="right", rotation_mode="anchor")
        both[0].set_ylabel(unit)
        both[1].legend(frameon=False, fontsize=8, loc="upper right")
        _make_room(both[1])
    return figure


def _panel(axes: Axes, values: NDArray[np.float64], batch: NDArray[np.int64]) -> None:
    blue, red = (f"#{r:02x}{g:02x}{b:02x}" for r, g, b in (SKY_BLUE, VERMILLION))
    axes.axhline(float(values.mean()), color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
    many = min(1.0, (120 / values.size) ** 0.5)
    for number in range(int(batch.max()) + 1):
        group = values[batch == number]
        spread = (np.arange(1, group.size + 1) * GOLDEN) % 1 - 0.5
        axes.scatter(
            number + 0.5 * spread, group, s=18 * many, color=INK, alpha=0.25 + 0.3 * many,
            edgecolors="none", zorder=1, rasterized=values.size > MANY,
        )  # fmt: skip
        low, middle, high = np.percentile(group, [25, 50, 75])
        first = number == 0
        axes.bar(
            number, high - low, 0.62, low, color=blue, alpha=0.35, zorder=2,
            label="Middle half, median" if first else None,
        )  # fmt: skip
        axes.hlines(middle, number - 0.31, number + 0.31, color=blue, linewidth=1.8, zorder=3)
        axes.plot(
            number, group.mean(), marker="D", markersize=6, color=red, linestyle="none",
            markeredgecolor="white", zorder=4, label="Mean" if first else None,
        )  # fmt: skip
    axes.set_xlim(-0.6, float(batch.max()) + 0.6)


def _make_room(axes: Axes) -> None:
    """Above the readings, for the legend."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.14 * (high - low))


def _short(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
