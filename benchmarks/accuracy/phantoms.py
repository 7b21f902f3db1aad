"""Digital spines, whose true score is known, across field strength, noise and coil shading."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import vbq
from vbq.measure import measure_scan
from vbq.phantom import MriSettings, SpineShape, make_phantom

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS_T = (1.5, 3.0)
SNRS = (60.0, 30.0, 15.0)
SHADINGS = (1.0, 1.3, 2.0)  # coil sensitivity at the skin over that 150 mm deeper
SPINES = 3  # spines per row
CORRECTED = "median_of_means_shading_corrected"


@dataclass(frozen=True)
class Error:
    """|VBQ - truth| of one phantom; ``None`` where VBQ gives no score."""

    field_t: float
    snr: float
    shading: float
    seed: int
    found: float | None
    corrected: float | None
    true_labels: float | None


def measure(field_t: float, snr: float, shading: float, seed: int) -> Error:
    """Score one phantom from the network's anatomy and from the true label map."""
    phantom = make_phantom(
        shape=SpineShape(seed=seed),
        acquisition=MriSettings(field_strength_t=field_t, snr=snr, coil_shading=shading),
        true_vbq=2.0 + 0.4 * (seed % 6),
        marrow_texture=0.08,
        seed=seed,
    )
    scan, truth = phantom.as_scan(), phantom.truth.vbq
    known = phantom.true_anatomy(scan)
    exact = measure_scan(scan, known).reading.score
    try:
        reading = measure_scan(scan, vbq.find_anatomy(scan)).reading
    except vbq.VBQError:
        score = corrected = None
    else:
        score, corrected = reading.score, reading.variants.get(CORRECTED)
    error, corrected_error, exact_error = (
        None if value is None else abs(value - truth) for value in (score, corrected, exact)
    )
    return Error(field_t, snr, shading, seed, error, corrected_error, exact_error)


def run() -> dict[str, object]:
    """Print one row per setting and the medians by shading; return every error."""
    print(f"PHANTOMS: |VBQ - truth|, {SPINES} spines per row")
    print("field  SNR  shading    network: median   max  corrected  refused  true labels: median")
    errors = []
    for field_t, snr, shading in itertools.product(FIELDS_T, SNRS, SHADINGS):
        row = [measure(field_t, snr, shading, seed) for seed in range(SPINES)]
        errors += row
        known = _known(e.found for e in row)
        print(
            f"{field_t:4.1f} {snr:5.0f} {shading:7.1f}  {np.median(known):16.3f} {max(known):6.3f}"
            f" {np.median(_known(e.corrected for e in row)):9.3f} {SPINES - len(known):8d}"
            f" {np.median(_known(e.true_labels for e in row)):20.3f}"
        )
    groups = {f"shading {s:3.1f}": [e for e in errors if e.shading == s] for s in SHADINGS}
    for name, rows in {**groups, "all": errors}.items():
        print(
            f"  {name:12} median {np.median(_known(e.found for e in rows)):.3f},"
            f" corrected {np.median(_known(e.corrected for e in rows)):.3f}, n = {len(rows)}"
        )
    print()
    return {"errors": errors}


def _known(values: Iterable[float | None]) -> list[float]:
    known = [v for v in values if v is not None]
    return known or [np.nan]
