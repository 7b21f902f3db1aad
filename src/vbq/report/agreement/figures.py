"""Bland-Altman and method-comparison figures of a pair of readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.report.colours import GREEN, SKY_BLUE, VERMILLION, hex_colour
from vbq.report.figure_style import (
    DASHED,
    DASHES,
    DOTTED,
    INK,
    MANY_POINTS,
    SOFT,
    single_panel,
    style,
)
from vbq.stats.agreement.agreement import PairAgreement
from vbq.stats.agreement.bland_altman import BlandAltman
from vbq.text import fixed, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL_DISTANCE = 0.12  # between the numbers beside the lines, as a share of the axis
NAME_LENGTH = 20  # letters of a reader's name on an axis
BIAS_COLOUR, LIMIT_COLOUR = hex_colour(SKY_BLUE), hex_colour(VERMILLION)
PASSING_BABLOK_COLOUR, DEMING_COLOUR = hex_colour(SKY_BLUE), hex_colour(GREEN)


@style()
def draw_bland_altman(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    pair: PairAgreement,
    unit: str,
    *,
    decimals: int = 2,
) -> Figure:
    """Differences against means, with bias, limits of agreement and their confidence bands.

    Args:
        first: Readings of n subjects by the first reader.
        second: Readings of the same subjects by the second, in the same order.
        pair: The agreement of both.
        unit: Name of the quantity read, for the axes.
        decimals: Decimals of the numbers printed beside the lines.
    """
    analysis = pair.bland_altman
    figure, axes = single_panel(6.4, 4.0)
    mean, difference = (first + second) / 2, first - second
    axes.axhline(0, color=SOFT, linewidth=0.8, linestyle=DOTTED, zorder=1)
    for interval, colour in (
        (analysis.bias_interval, BIAS_COLOUR),
        (analysis.lower_interval, LIMIT_COLOUR),
        (analysis.upper_interval, LIMIT_COLOUR),
    ):
        axes.axhspan(*interval, color=colour, alpha=0.16, linewidth=0, zorder=0)
    axes.axhline(analysis.bias, color=BIAS_COLOUR, zorder=2)
    for limit in (analysis.lower, analysis.upper):
        axes.axhline(limit, color=LIMIT_COLOUR, linewidth=1.4, linestyle=DASHED, zorder=2)
    _points(axes, mean, difference)
    low, high = _axis_range(analysis, difference)
    axes.set_ylim(low, high)
    minuend, subtrahend = (shortened(name, NAME_LENGTH) for name in (pair.first, pair.second))
    axes.set_xlabel(f"Mean of {minuend} and {subtrahend} ({unit})")
    axes.set_ylabel(f"{minuend} − {subtrahend} ({unit})")
    distance = LABEL_DISTANCE * (high - low)
    labels = [("Bias", analysis.bias, analysis.bias, analysis.bias_interval)]
    if analysis.sd > 0:
        above = max(analysis.upper, analysis.bias + distance)
        below = min(analysis.lower, analysis.bias - distance)
        labels += [
            ("+1.96 SD", above, analysis.upper, analysis.upper_interval),
            ("−1.96 SD", below, analysis.lower, analysis.lower_interval),
        ]
    for name, height, value, interval in labels:
        number, start, end = (fixed(v, decimals) for v in (value, *interval))
        axes.annotate(
            f"{name}  {number}\n({start} to {end})",
            xy=(1, height),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=8,
            annotation_clip=False,
        )
    return figure


@style()
def draw_comparison(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    pair: PairAgreement,
    unit: str,
    *,
    decimals: int = 2,
) -> Figure:
    """The second reader against the first, with the line of identity and the fitted lines.

    Args:
        first: Readings of n subjects by the first reader.
        second: Readings of the same subjects by the second, in the same order.
        pair: The agreement of both.
        unit: Name of the quantity read, for the axes.
        decimals: Decimals of the intercepts in the legend.
    """
    figure, axes = single_panel(4.6, 4.6)
    values = np.concatenate([first, second])
    room = 0.06 * float(np.ptp(values)) or 0.1
    ends = np.array([values.min() - room, values.max() + room])
    axes.plot(ends, ends, color=SOFT, linewidth=0.9, linestyle=DOTTED, label="Identity")
    lines = (
        (pair.passing_bablok, "Passing–Bablok", PASSING_BABLOK_COLOUR, DASHES[0]),
        (pair.deming, "Deming", DEMING_COLOUR, DASHES[3]),
    )
    for line, name, colour, dashes in lines:
        if line is not None:
            equation = f"{fixed(line.intercept, decimals)} + {fixed(line.slope, 2)} x"
            axes.plot(
                ends,
                line.intercept + line.slope * ends,
                color=colour,
                linestyle=dashes,
                label=f"{name}: {equation}",
            )
    _points(axes, first, second)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    axes.set_xlabel(f"{shortened(pair.first, NAME_LENGTH)} ({unit})")
    axes.set_ylabel(f"{shortened(pair.second, NAME_LENGTH)} ({unit})")
    axes.legend(fontsize=8, loc="upper left", handlelength=2.4)
    return figure


def _points(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """A scatter plot; many points are smaller and fainter, so that crowding can be seen."""
    size = min(1.0, (120 / x.size) ** 0.5)
    axes.scatter(
        x, y, s=26 * size, color=INK, alpha=0.35 + 0.35 * size, edgecolors="white",
        linewidths=0.5 * size, zorder=3, rasterized=x.size > MANY_POINTS,
    )  # fmt: skip


def _axis_range(analysis: BlandAltman, difference: NDArray[np.float64]) -> tuple[float, float]:
    """Range of the vertical axis: data, limits, and their bands unless few pairs stretch them."""
    low = min(float(difference.min()), analysis.lower, 0.0)
    high = max(float(difference.max()), analysis.upper, 0.0)
    reach = (high - low) or 0.1
    low = min(low, max(analysis.lower_interval[0], low - reach))
    high = max(high, min(analysis.upper_interval[1], high + reach))
    room = 0.05 * (high - low) or 0.1
    return low - room, high + room
