"""Readings by batch before and after harmonisation, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.reference.harmonisation import Harmonised
from vbq.report.colours import SKY_BLUE, VERMILLION, hex_colour
from vbq.report.figure_style import DOTTED, INK, MANY_POINTS, SOFT, new_figure, style
from vbq.text import one_line, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME_LENGTH = 26  # letters of a batch's name
GOLDEN = 0.6180339887498949  # multiples of it spread points evenly, the same in every run
QUARTILE_COLOUR, MEAN_COLOUR = hex_colour(SKY_BLUE), hex_colour(VERMILLION)


@style()
def draw_harmonised(harmonised: Harmonised, feature: int, unit: str) -> Figure:
    """Every reading, with the quartiles and the mean of each batch; both panels on one scale.

    Args:
        harmonised: The readings before and after.
        feature: Index of the feature, from 0.
        unit: Name of the quantity read, for the axis.
    """
    width = min(max(6.4, 1.6 + 1.5 * len(harmonised.batches)), 14.0)
    tall = len(harmonised.batches) > 4 or max(map(len, harmonised.batches)) > 12
    figure = new_figure(width, 4.6 if tall else 3.8)
    panels = figure.subplots(1, 2, sharey=True)
    names = [
        f"{shortened(one_line(name), NAME_LENGTH)}\nn = {count:,}"
        for name, count in zip(harmonised.batches, harmonised.counts, strict=True)
    ]
    versions = (("Before", harmonised.before), ("After", harmonised.after))
    for axes, (title, values) in zip(panels, versions, strict=True):
        _panel(axes, values[:, feature], harmonised.batch)
        axes.set_title(title)
        axes.set_xticks(range(len(names)), names)
        if tall:
            axes.tick_params(axis="x", labelrotation=40)
            for label in axes.get_xticklabels():
                label.set(ha="right", rotation_mode="anchor")
    panels[0].set_ylabel(unit)
    panels[1].legend(loc="upper right")
    _make_room_for_legend(panels[1])
    return figure


def _panel(axes: Axes, values: NDArray[np.float64], batch: NDArray[np.int64]) -> None:
    axes.axhline(float(values.mean()), color=SOFT, linewidth=0.8, linestyle=DOTTED, zorder=0)
    size = min(1.0, (120 / values.size) ** 0.5)
    for number in range(int(batch.max()) + 1):
        group = values[batch == number]
        spread = (np.arange(1, group.size + 1) * GOLDEN) % 1 - 0.5
        axes.scatter(
            number + 0.5 * spread, group, s=18 * size, color=INK, alpha=0.25 + 0.3 * size,
            edgecolors="none", zorder=1, rasterized=values.size > MANY_POINTS,
        )  # fmt: skip
        low, middle, high = np.percentile(group, [25, 50, 75])
        first = number == 0
        axes.bar(
            number, high - low, 0.62, low, color=QUARTILE_COLOUR, alpha=0.35, zorder=2,
            label="Quartiles, median" if first else None,
        )  # fmt: skip
        axes.hlines(
            middle, number - 0.31, number + 0.31, color=QUARTILE_COLOUR, linewidth=1.8, zorder=3
        )
        axes.plot(
            number, group.mean(), marker="D", markersize=6, color=MEAN_COLOUR, linestyle="none",
            markeredgecolor="white", zorder=4, label="Mean" if first else None,
        )  # fmt: skip
    axes.set_xlim(-0.6, float(batch.max()) + 0.6)


def _make_room_for_legend(axes: Axes) -> None:
    """Extend the axis above the readings."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.14 * (high - low))
