"""One figure for each topic: true masks on the left, the built-in network on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vbq.report.colours import GREEN, SKY_BLUE, VERMILLION, hex_colour
from vbq.report.figure_style import DASHED, DOTTED, INK, SOFT, figure_bytes, new_figure, style
from vbq.validation.outcomes import METHODS, Method, Outcome
from vbq.validation.performance import ROBUST, eligible_for_coverage, scored_in_part

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLES = {"true masks": "True masks", "network": "Built-in network"}
SMALL, LARGE = 14, 26
MODERATE_NOISE_COLOUR, STRONG_NOISE_COLOUR = hex_colour(SKY_BLUE), hex_colour(VERMILLION)
TOLERANCE_COLOUR, MEAN_COLOUR = hex_colour(SKY_BLUE), hex_colour(VERMILLION)
COVERED_COLOUR, MISSED_COLOUR = hex_colour(GREEN), hex_colour(VERMILLION)
UNCORRECTED_COLOUR = hex_colour(VERMILLION)


@style()
def draw(name: str, outcomes: Sequence[Outcome]) -> dict[str, bytes]:
    """Draw a figure as ``"svg"`` and ``"png"``; the same outcomes give the same bytes.

    Args:
        name: A key of ``FIGURES``.
        outcomes: Outcomes of the whole grid, by both methods.
    """
    figure = new_figure(8.2, 5.6 if name == "robustness" else 3.6)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, method in zip(panels, METHODS, strict=True):
        FIGURES[name](axes, outcomes, method)
        axes.set_title(TITLES[method])
    panels[1].set_ylabel("")
    handles, labels = panels[0].get_legend_handles_labels()
    if labels:
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure_bytes(figure)


def _linearity(axes: Axes, outcomes: Sequence[Outcome], method: Method) -> None:
    core = scored_in_part(outcomes, "core", method)
    for snr, colour, shift in (
        (None, INK, -0.12),
        (50.0, MODERATE_NOISE_COLOUR, 0.0),
        (25.0, STRONG_NOISE_COLOUR, 0.12),
    ):
        scans = [o for o in core if o.condition.snr == snr]
        name = "no noise" if snr is None else f"SNR {snr:g}"
        x = [o.spine.true_vbq + shift for o in scans]
        _dots(axes, x, [o.error for o in scans], colour, name)
    _level(axes, 0)
    axes.set(xlabel="True VBQ", ylabel="Score − truth")


def _repeatability(axes: Axes, outcomes: Sequence[Outcome], method: Method) -> None:
    repeats = scored_in_part(outcomes, "repeats", method)
    for truth in sorted({o.spine.true_vbq for o in repeats}):
        scores = np.array([o.score for o in repeats if o.spine.true_vbq == truth], float)
        _dots(axes, [truth] * scores.size, (scores - scores.mean()).tolist(), INK)
    _level(axes, 0)
    axes.set(xlabel="True VBQ of the spine", ylabel="Score − mean of the repeats")


def _robustness(axes: Axes, outcomes: Sequence[Outcome], method: Method) -> None:
    scored = scored_in_part(outcomes, "factors", method)
    rows = list(dict.fromkeys((o.condition.factor, o.condition.setting) for o in outcomes
                              if o.spine.part == "factors" and o.condition.factor))  # fmt: skip
    for height, row in enumerate(rows):
        errors = [o.error for o in scored if (o.condition.factor, o.condition.setting) == row]
        _dots(axes, errors, [height] * len(errors), SOFT, "" if height else "one spine", SMALL)
        if errors:
            mean = float(np.mean(errors))
            _dots(axes, [mean], [height], MEAN_COLOUR, "" if height else "mean", LARGE)
    axes.set_yticks(range(len(rows)), [f"{factor}: {setting}" for factor, setting in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", labelsize=7.5)
    axes.axvspan(-ROBUST, ROBUST, color=TOLERANCE_COLOUR, alpha=0.16, linewidth=0)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    axes.set(xlabel="Score − truth (true VBQ 3)", ylabel="")


def _uncertainty(axes: Axes, outcomes: Sequence[Outcome], method: Method) -> None:
    noisy = eligible_for_coverage(outcomes, method)
    half = np.array([((o.high or 0) - (o.low or 0)) / 2 for o in noisy])
    errors = np.abs([o.error for o in noisy])
    ends = [float(half.min()) * 0.8, float(half.max()) * 1.25]
    axes.plot(ends, ends, color=SOFT, linewidth=0.9, linestyle=DASHED, label="half-width")
    covered = np.array([(o.low or 0) <= o.spine.true_vbq <= (o.high or 0) for o in noisy])
    for hit, colour, name in (
        (True, COVERED_COLOUR, "truth inside"),
        (False, MISSED_COLOUR, "truth outside"),
    ):
        _dots(
            axes,
            half[covered == hit],
            np.maximum(errors[covered == hit], 1e-3),
            colour,
            name,
            SMALL,
        )
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    axes.set(
        xlabel="Half-width of the 95 % interval",
        ylabel="|score − truth|",
    )


def _csf(axes: Axes, outcomes: Sequence[Outcome], method: Method) -> None:
    scored = scored_in_part(outcomes, "csf", method)
    for place, contaminant in enumerate(("", "fat", "roots")):
        scans = [o for o in scored if o.condition.csf_contamination == contaminant]
        _dots(axes, [place - 0.08] * len(scans), [o.score or 0 for o in scans], INK,
              "" if place else "score")  # fmt: skip
        _dots(axes, [place + 0.08] * len(scans), [o.naive or np.nan for o in scans],
              UNCORRECTED_COLOUR, "" if place else "mean over the whole sac")  # fmt: skip
    _level(axes, 3)
    axes.set_xticks(range(3), ["clean CSF", "10 % fat", "30 % roots"])
    axes.set(ylabel="VBQ (true 3)", xlim=(-0.5, 2.5))


def _floor(axes: Axes, outcomes: Sequence[Outcome], method: Method) -> None:
    dark = scored_in_part(outcomes, "floor", method)
    spines = sorted({o.spine.seed for o in dark})
    for name, colour, shift in (("corrected", INK, -0.1), ("as measured", UNCORRECTED_COLOUR, 0.1)):
        factors = [1.0 if name == "corrected" else o.floor_factor or 1.0 for o in dark]
        _dots(axes, [spines.index(o.spine.seed) + 1 + shift for o in dark],
              [(o.score or 0) * f for o, f in zip(dark, factors, strict=True)],
              colour, name)  # fmt: skip
    _level(axes, 3)
    axes.set_xticks(range(1, len(spines) + 1))
    axes.set(xlabel="Spine", ylabel="VBQ (true 3)")


def _shading(axes: Axes, outcomes: Sequence[Outcome], method: Method) -> None:
    scored = scored_in_part(outcomes, "shading", method)
    for name, colour, factor in (("raw", UNCORRECTED_COLOUR, 0.985), ("corrected", INK, 1.015)):
        values = [o.score if name == "raw" else o.corrected for o in scored]
        _dots(axes, [o.condition.shading * factor for o in scored],
              [(v or np.nan) - o.spine.true_vbq for o, v in zip(scored, values, strict=True)],
              colour, name)  # fmt: skip
    axes.axhspan(-0.15, 0.15, color=TOLERANCE_COLOUR, alpha=0.16, linewidth=0)
    _level(axes, 0)
    axes.set_xscale("log")
    strengths = sorted({o.condition.shading for o in scored})
    axes.set_xticks(strengths, [f"{s:g} ×" for s in strengths])
    axes.minorticks_off()
    axes.set(
        xlabel="Coil sensitivity at the skin ÷ sensitivity 150 mm deeper", ylabel="Score − truth"
    )


FIGURES: dict[str, Callable[[Axes, Sequence[Outcome], Method], None]] = {
    "linearity": _linearity,
    "repeatability": _repeatability,
    "robustness": _robustness,
    "uncertainty": _uncertainty,
    "csf": _csf,
    "noise_floor": _floor,
    "shading": _shading,
}


def _dots(
    axes: Axes,
    x: Sequence[float] | np.ndarray,
    y: Sequence[float] | np.ndarray,
    colour: str,
    label: str = "",
    size: float = 20,
) -> None:
    axes.scatter(
        x, y, s=size, color=colour, alpha=0.75, edgecolors="white", linewidths=0.4, zorder=3,
        label=label or None,
    )  # fmt: skip


def _level(axes: Axes, value: float) -> None:
    axes.axhline(value, color=SOFT, linewidth=0.8, linestyle=DOTTED, zorder=1)
