"""Bland-Altman and method-comparison figures, as SVG for print and PNG for slides.

matplotlib is loaded when the first figure is drawn.
"""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.report.colours import GREEN, SKY_BLUE, VERMILLION
from vbq.text import fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from vbq.report.colours import Colour
    from vbq.stats.agreement.agreement import PairAgreement
    from vbq.stats.agreement.bland_altman import BlandAltman

__all__ = ["draw_bland_altman", "draw_comparison", "figure_bytes"]

DPI = 200
MANY = 500  # points; more are pixels in the SVG too
LABEL = 0.12  # least distance of the numbers beside the lines, of the axis
LONGEST = 20  # letters of a name on an axis
INK, SOFT = "#17191c", "#5b616b"
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure on every machine
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.parse_math": False,  # a $ in a reader's name is a $
    "svg.hashsalt": "vbq",  # the same bytes for the same data
}


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield


@_style()
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
        first: n readings.
        second: n readings of the same subjects.
        pair: Their agreement.
        unit: What is read, for the axes.
        decimals: Of the numbers written beside the lines.
    """
    found = pair.bland_altman
    figure, axes = _axes((6.4, 4.0))
    mean, difference = (first + second) / 2, first - second
    blue, red = _web(SKY_BLUE), _web(VERMILLION)
    axes.axhline(0, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    for interval, colour in (
        (found.bias_interval, blue),
        (found.lower_interval, red),
        (found.upper_interval, red),
    ):
        axes.axhspan(*interval, color=colour, alpha=0.16, linewidth=0, zorder=0)
    axes.axhline(found.bias, color=blue, linewidth=1.6, zorder=2)
    for limit in (found.lower, found.upper):
        axes.axhline(limit, color=red, linewidth=1.4, linestyle=(0, (5, 3)), zorder=2)
    _points(axes, mean, difference)
    low, high = _heights(found, difference)
    axes.set_ylim(low, high)
    one, other = _short(pair.first), _short(pair.second)
    axes.set_xlabel(f"Mean of {one} and {other} ({unit})")
    axes.set_ylabel(f"{one} − {other} ({unit})")
    apart = LABEL * (high - low)
    labels = [("Bias", found.bias, found.bias, found.bias_interval)]
    if found.sd > 0:
        above, below = max(found.upper, found.bias + apart), min(found.lower, found.bias - apart)
        labels += [
            ("+1.96 SD", above, found.upper, found.upper_interval),
            ("−1.96 SD", below, found.lower, found.lower_interval),
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


@_style()
def draw_comparison(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    pair: PairAgreement,
    unit: str,
    *,
    decimals: int = 2,
) -> Figure:
    """The second against the first, with the line of identity and the fitted lines.

    Args:
        first: n readings.
        second: n readings of the same subjects.
        pair: Their agreement.
        unit: What is read, for the axes.
        decimals: Of the numbers written beside the lines.
    """
    figure, axes = _axes((4.6, 4.6))
    values = np.concatenate([first, second])
    room = 0.06 * float(np.ptp(values)) or 0.1
    ends = np.array([values.min() - room, values.max() + room])
    axes.plot(ends, ends, color=SOFT, linewidth=0.9, linestyle=(0, (1, 2)), label="Identity")
    lines = (
        (pair.passing_bablok, "Passing–Bablok", SKY_BLUE, "solid"),
        (pair.deming, "Deming", GREEN, (0, (5, 2, 1, 2))),
    )
    for line, name, colour, style in lines:
        if line is not None:
            equation = f"{fixed(line.intercept, decimals)} + {fixed(line.slope, 2)} x"
            axes.plot(
                ends,
                line.intercept + line.slope * ends,
                color=_web(colour),
                linewidth=1.6,
                linestyle=style,
                label=f"{name}: {equation}",
            )
    _points(axes, first, second)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    axes.set_xlabel(f"{_short(pair.first)} ({unit})")
    axes.set_ylabel(f"{_short(pair.second)} ({unit})")
    axes.legend(frameon=False, fontsize=8, loc="upper left", handlelength=2.4)
    return figure


@_style()
def figure_bytes(figure: Figure) -> dict[str, bytes]:
    """The figure as ``"svg"`` and as ``"png"``; the same data give the same bytes."""
    files = {}
    with warnings.catch_warnings():
        # a script that the font lacks shows as boxes; the page has the name in full
        warnings.filterwarnings("ignore", message="Glyph")
        for kind, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            out = io.BytesIO()
            figure.savefig(out, format=kind, dpi=DPI, metadata=metadata)
            files[kind] = out.getvalue()
    return files


def _axes(size: tuple[float, float]) -> tuple[Figure, Axes]:
    """A figure that belongs to no window and no global state."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.add_subplot()


def _points(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Many points are drawn smaller and fainter, so that where they crowd is seen."""
    many = min(1.0, (120 / x.size) ** 0.5)
    axes.scatter(
        x, y, s=26 * many, color=INK, alpha=0.35 + 0.35 * many, edgecolors="white",
        linewidths=0.5 * many, zorder=3, rasterized=x.size > MANY,
    )  # fmt: skip


def _heights(found: BlandAltman, difference: NDArray[np.float64]) -> tuple[float, float]:
    """What the axis shows: data, limits and, unless few pairs stretch them, their bands."""
    low = min(float(difference.min()), found.lower, 0.0)
    high = max(float(difference.max()), found.upper, 0.0)
    reach = (high - low) or 0.1
    low = min(low, max(found.lower_interval[0], low - reach))
    high = max(high, min(found.upper_interval[1], high + reach))
    room = 0.05 * (high - low) or 0.1
    return low - room, high + room


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _web(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
