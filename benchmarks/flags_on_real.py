"""Frequency of each quality flag in real T1 images without known artefact: its false alarms.

    python benchmarks/flags_on_real.py [DATA]

The images are siegen's three T1 volumes (one or two patients) and SPIDER's T1 midline images, one
slice each. Nothing is known of these people, so a fracture or a narrow canal may be real; the table
names each image for inspection. Flags on missing acquisition data are not judged, since these files
have none. No parameter was tuned on these images, but the upper limits of `ghosting` and `wrap`
were checked against them.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent / "accuracy"))
import numpy as np
from refusal_cases import midline_pictures
from volumes import T1_IN_SIEGEN, real

import vbq
from vbq.measure import measure_scan
from vbq.measure.regions.background import find_background
from vbq.measure.regions.sagittal_section import SagittalSection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vbq.measure import Measurement
    from vbq.scan import Scan

WITHOUT_ACQUISITION = {
    "timing_unknown",
    "field_strength_unknown",
    "bandwidth_unknown",
    "lumbar_count_unknown",
}
IN_AIR = {"ghosting"}
IN_VOLUMES = {"scoliosis", "off_midline"}
ALWAYS_SHOWN = (
    "low_snr",
    "signal_offset",
    "ghosting",
    "wrap",
    "scoliosis",
    "crowded_canal",
    "off_midline",
    "saturated",
)


def images(data: Path) -> Iterator[tuple[str, Scan]]:
    """Name and scan of each image."""
    for patient in T1_IN_SIEGEN:
        volume = real(data, "siegen", patient)
        yield volume.name, volume.as_scan()
    for name, scan, _ in midline_pictures(data, "T1"):
        yield name, scan


def shows_background(measured: Measurement) -> bool:
    """Whether the image shows enough air behind the back to look for ghosts."""
    scan, anatomy = measured.scan, measured.anatomy
    signals = [level.mean for level in measured.reading.levels if level.used]
    if scan is None or anatomy is None or not signals:
        return False
    index = anatomy.midsagittal_slice
    section = SagittalSection(scan.voxels[index], anatomy.labels[index], scan.spacing_mm[1:])
    marrow = float(np.median(signals))
    return find_background(section, marrow) is not None


def main() -> None:
    """Print one row per flag."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    shared = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("data", type=Path, nargs="?", default=shared, help="folder of real MRI")
    data = parser.parse_args().data
    if not data.is_dir():
        sys.exit(f"{data} does not exist: name the folder with real MRI.")
    raised: dict[str, list[str]] = defaultdict(list)
    counts = {"images": 0, "air": 0, "volumes": 0}
    for name, scan in images(data):
        measured = measure_scan(scan, vbq.find_anatomy(scan))
        counts["images"] += 1
        counts["air"] += shows_background(measured)
        counts["volumes"] += scan.voxels.shape[0] > 1
        for code in sorted({flag.code for flag in measured.reading.flags} - WITHOUT_ACQUISITION):
            raised[code].append(name)
    print("flags raised in real T1 images (n: images in which the flag can be raised)")
    for code in sorted({*raised, *ALWAYS_SHOWN}):
        n = counts["air" if code in IN_AIR else "volumes" if code in IN_VOLUMES else "images"]
        print(f"{code:24} {len(raised[code]):3} of {n:2}   {', '.join(raised[code])}")


if __name__ == "__main__":
    main()
