"""How right a score is: ``python benchmarks/accuracy.py [--data ../shared/data]``.

Two tables. On real T1 volumes that no part of training has seen (Zukić 2014, where present): the
levels, and the score from the network's bodies against that from the hand-drawn bodies over the
same CSF. On digital phantoms across field strength, noise and coil shading: the score against the
truth, from the network and from the true label map.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np

import vbq
from vbq.anatomy import Anatomy, Engine
from vbq.anatomy.describe import describe
from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS, SCORED_LEVELS
from vbq.measure import Measurement, take_reading
from vbq.phantom import MriSettings, SpineShape, make_phantom
from vbq.scan import Scan, find_series


def by_hand(scan: Scan, labels: np.ndarray) -> Anatomy:
    """An anatomy from a given label map."""
    return describe(
        scan,
        labels,
        engine=Engine("by hand", "1"),
        numbering="label map",
        numbering_confidence=None,
    )


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Dice coefficient of two masks."""
    return float(2 * (a & b).sum() / max(a.sum() + b.sum(), 1))


def real_t1(data: Path) -> None:
    """The table of the real T1 volumes."""
    volumes = sorted((data / "siegen").glob("*T1.nii.gz"))
    if not volumes:
        print(f"real T1: skipped, no siegen volumes under {data}\n")
        return
    print("real T1 (siegen 02/06/08; one or two patients; never in training)")
    print("volume         levels right  Dice L1–L5 mid ±2      VBQ   by hand  difference")
    for path in volumes:
        scan = find_series(path).series[0].load()
        hand_path = path.with_name(path.name.replace(".nii.gz", "_seg.nii.gz"))
        truth = find_series(hand_path).series[0].load().voxels.astype(np.uint8)
        anatomy = vbq.find_anatomy(scan)
        measurement = take_reading(scan, anatomy)
        score, right = measurement.reading.score, levels_right(scan, truth, measurement)
        middle = anatomy.midsagittal_slice
        near = slice(middle - 2, middle + 3)
        overlaps = [
            dice(anatomy.labels[near] == level, truth[near] == level) for level in range(20, 25)
        ]
        hand = replace(by_hand(scan, truth), midsagittal_slice=middle)
        levels = {v.level: v.mean for v in take_reading(scan, hand).reading.levels}
        csf = measurement.reading.csf
        reference = np.nan
        if csf is not None:
            means = [levels[LEVEL_NAMES[n]] for n in SCORED_LEVELS if LEVEL_NAMES[n] in levels]
            reference = float(np.median(means)) / csf.mean
        shown = np.nan if score is None else score
        print(
            f"{path.name[:12]:14} {right} of 4        "
            f"{np.median(overlaps):.3f} (min {min(overlaps):.3f})  {shown:8.3f}  {reference:8.3f}"
            f"  {shown - reference:+10.3f}   {measurement.reading.status} "
            f"{' '.join(f.code for f in measurement.reading.flags if f.severity != 'note')}"
        )
    print()


def levels_right(scan: Scan, truth: np.ndarray, measurement: Measurement) -> int:
    """How many of L1–L4 have their ROI's centre inside the hand-drawn body of that name."""
    right = 0
    for level in measurement.reading.levels:
        if level.used:
            index = tuple(np.round(scan.to_index(level.centre_mm)).astype(int))
            right += int(truth[index] == LEVEL_NUMBERS[level.level])
    return right


def phantoms(seeds: int) -> None:
    """The table of the phantoms."""
    print(f"phantoms: |VBQ − truth|, {seeds} spines a row; shading is skin over 150 mm deeper")
    print("field  SNR  shading    network: median   max  corrected  refused  true labels: median")
    pooled: dict[float, list[float]] = {}
    pooled_corrected: dict[float, list[float]] = {}
    for field, snr, shading in itertools.product((1.5, 3.0), (60.0, 30.0, 15.0), (1.0, 1.3, 2.0)):
        found, corrected, exact, refused = [], [], [], 0
        for seed in range(seeds):
            phantom = make_phantom(
                shape=SpineShape(seed=seed),
                acquisition=MriSettings(field_strength_t=field, snr=snr, coil_shading=shading),
                true_vbq=2.0 + 0.4 * (seed % 6),
                marrow_texture=0.08,
                seed=seed,
            )
            scan = phantom.as_scan()
            try:
                reading = take_reading(scan, vbq.find_anatomy(scan)).reading
            except vbq.VBQError:
                refused += 1
            else:
                if reading.score is None:
                    refused += 1
                else:
                    shaded = reading.variants["median_of_means_shading_corrected"]
                    found.append(abs(reading.score - phantom.truth.vbq))
                    corrected.append(abs(shaded - phantom.truth.vbq))
            score = take_reading(scan, by_hand(scan, phantom.labels)).reading.score
            exact.append(np.nan if score is None else abs(score - phantom.truth.vbq))
        pooled.setdefault(shading, []).extend(found)
        pooled_corrected.setdefault(shading, []).extend(corrected)
        print(
            f"{field:4.1f} {snr:5.0f} {shading:7.1f}  {np.median(found):16.3f} {max(found):6.3f}"
            f" {np.median(corrected):9.3f} {refused:8d} {np.median(exact):20.3f}"
        )
    for name, by_shading in (("score", pooled), ("shading-corrected", pooled_corrected)):
        for shading, errors in by_shading.items():
            print(
                f"{name}, shading {shading:3.1f}: median {np.median(errors):.3f}, n = {len(errors)}"
            )
        everything = np.concatenate(list(by_shading.values()))
        print(f"{name}, all: median {np.median(everything):.3f}, n = {everything.size}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    real_t1(arguments.data)
    phantoms(arguments.seeds)


if __name__ == "__main__":
    main()
