"""Detection of diseased levels and false alarms: ``python benchmarks/suspect_levels.py``.

Digital spines with one diseased level in three severities, and healthy ones, are read with the
built-in network and with their true outlines. A level is *excluded* if it is not scored for any
reason, and *identified* if the right finding explains it. Refused spines count in n but as neither,
and are listed. The error of the score is measured against the phantom's true score over the
remaining levels, in the two spines of each row without coil shading and with little noise, because
both bias a raw score; the error of the same spines without disease is given for comparison. In real
T1 images, if the data are present: which of L1-L4 are called suspect, and in which of them the
developers, who are not radiologists, see no disease.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import vbq
from vbq.measure import measure_scan
from vbq.phantom import MriSettings, Pathology, SpineShape, make_phantom, random_phantom

sys.path.insert(0, str(Path(__file__).parent / "accuracy"))

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vbq.measure import Reading
    from vbq.phantom import Phantom
    from vbq.scan import Scan

SCORED = ("L1", "L2", "L3", "L4")
BELOW = {"L1": "L2", "L2": "L3", "L3": "L4", "L4": "L5"}
SHADINGS = (1.0, 1.0, 2.0, 4.0)  # coil shading of each spine
HEALTHY = 20  # random spines with random scanner, noise and coil shading
ENGINES = ("network", "true outlines")

KINDS = {
    "wedge": "compression_fracture",
    "biconcave": "compression_fracture",
    "crush": "compression_fracture",
    "haemangioma": "focal_bright_lesion",
    "metastasis": "focal_dark_lesion",
    "Modic 1": "endplate_change",
    "Modic 2": "endplate_change",
    "patchy": "heterogeneous_marrow",
    "metal": "signal_void",
}
SEVERITIES = {
    "wedge": (0.2, 0.25, 0.35),
    "biconcave": (0.2, 0.25, 0.35),
    "crush": (0.2, 0.25, 0.35),
    "haemangioma": (1.3, 1.45, 1.6),
    "metastasis": (0.8, 0.65, 0.5),
    "Modic 1": (0.8, 0.7, 0.6),
    "Modic 2": (1.2, 1.3, 1.45),
    "patchy": (0.15, 0.25, 0.4),
    "metal": (2.5, 3.5, 4.5),
}

# Levels with disease in the developers' eyes. L2/3 of siegen, one patient: a narrowed disc with
# indistinct endplates and dark or streaked marrow on both sides, least in L3 of 08.
ABNORMAL = {
    "siegen 02": ("L2", "L3"),
    "siegen 06": ("L2", "L3"),
    "siegen 08": ("L2", "L3"),
    "spider_midline 16": ("L4",),  # a bright 8 mm focus at the lower endplate
    "spider_midline 18": ("L2", "L3"),  # bright marrow along L2/3: mild Modic 2
    "spider_midline 26": ("L3", "L4"),  # mixed Modic change of L3 to L5, osteophytes
}
HELD_OUT = ("siegen", "spider_midline 20", "spider_png")  # not used to choose limits


def pathology_of(kind: str, severity: float, level: str) -> dict[str, Pathology]:
    """Pathology of a spine by level name."""
    match kind:
        case "wedge":
            return {level: Pathology(height_loss=(severity, severity / 2, 0))}
        case "biconcave":
            return {level: Pathology(height_loss=(0, severity, 0))}
        case "crush":
            return {level: Pathology(height_loss=(severity, severity, severity))}
        case "haemangioma" | "metastasis":
            return {level: Pathology(focus=severity)}
        case "patchy":
            return {level: Pathology(heterogeneity=severity)}
        case "metal":
            return {level: Pathology(screw_mm=severity)}
    return {
        level: Pathology(lower_endplate=severity),
        BELOW[level]: Pathology(upper_endplate=severity),
    }


@dataclass(frozen=True)
class Detection:
    """Result of one engine in a diseased phantom; ``error`` only without coil shading."""

    excluded: bool
    identified: bool
    false_alarms: int
    healthy_levels: int
    error: float | None


def make_spine(seed: int, pathology: dict[str, Pathology]) -> Phantom:
    """One of the spines with its pathology."""
    return make_phantom(
        shape=SpineShape(seed=500 + seed, variation=1.0),
        acquisition=MriSettings(
            slices=1,
            sub_slices=1,
            matrix=(288, 288),
            pixel_mm=0.95,
            field_strength_t=(1.5, 3.0)[seed % 2],
            snr=35.0 if SHADINGS[seed] == 1 else 20.0,
            coil_shading=SHADINGS[seed],
        ),
        marrow_fat={name: 0.42 + 0.03 * k for k, name in enumerate((*SCORED, "S1"))},
        true_vbq=2.2 + 0.5 * seed,
        marrow_texture=0.04,
        pathology=pathology,
        seed=seed,
    )


def detect(kind: str, severity: float, seed: int) -> list[Detection | None]:
    """Read one diseased phantom with each engine; ``None`` where it is refused."""
    level = SCORED[(seed + list(KINDS).index(kind)) % 4]
    pathology = pathology_of(kind, severity, level)
    phantom = make_spine(seed, pathology)
    detections: list[Detection | None] = []
    for _, reading in readings(phantom):
        if reading is None:
            detections.append(None)
            continue
        levels = {level.level: level for level in reading.levels}
        used = [name for name in SCORED if name in levels and levels[name].used]
        spared = [name for name in SCORED if name in levels and name not in pathology]
        truth = np.median([phantom.truth.levels[name] for name in used]) if used else np.nan
        known = reading.score is not None and SHADINGS[seed] == 1 and level not in used
        detections.append(
            Detection(
                excluded=level not in used,
                identified=level in levels and KINDS[kind] in levels[level].findings,
                false_alarms=sum(bool(levels[name].findings) for name in spared),
                healthy_levels=len(spared),
                error=abs(reading.score - float(truth)) if known and reading.score else None,
            )
        )
    return detections


def readings(phantom: Phantom) -> Iterator[tuple[str, Reading | None]]:
    """Name of each engine and its reading of a phantom, ``None`` if refused."""
    scan = phantom.as_scan()
    try:
        yield ENGINES[0], measure_scan(scan, vbq.find_anatomy(scan)).reading
    except vbq.VBQError:
        yield ENGINES[0], None
    yield ENGINES[1], measure_scan(scan, phantom.true_anatomy(scan)).reading


def diseased() -> None:
    """Print sensitivity and remaining error by kind and severity."""
    print(f"DISEASED PHANTOMS: {len(SHADINGS)} spines per row, one diseased level each")
    print("  excluded / identified of n; largest |score - truth over the remaining levels| (its n)")
    print(f"{'':12}severity" + "".join(f"{engine:>34}" for engine in ENGINES))
    detections: list[list[Detection | None]] = [[], []]
    for kind, severities in SEVERITIES.items():
        for severity in severities:
            rows = [detect(kind, severity, seed) for seed in range(len(SHADINGS))]
            columns = list(zip(*rows, strict=True))
            for by_engine, column in zip(detections, columns, strict=True):
                by_engine.extend(column)
            print(f"{kind:12}{severity:8.2f}" + "".join(f"{cell(c):>34}" for c in columns))
    for engine, by_engine in zip(ENGINES, detections, strict=True):
        read = [d for d in by_engine if d is not None]
        alarms, levels = sum(d.false_alarms for d in read), sum(d.healthy_levels for d in read)
        print(
            f"  {engine}: {alarms} false alarms among {levels} healthy levels of diseased "
            f"spines; {len(by_engine) - len(read)} of {len(by_engine)} spines refused"
        )
    for seed in (seed for seed, shading in enumerate(SHADINGS) if shading == 1):
        phantom = make_spine(seed, {})
        errors = [
            f"{engine} {abs(reading.score - phantom.truth.vbq):.3f}"
            for engine, reading in readings(phantom)
            if reading is not None and reading.score is not None
        ]
        print(f"  |score - truth| of spine {seed} without disease: {', '.join(errors)}")
    print()


def cell(detections: Sequence[Detection | None]) -> str:
    """One engine's cell of the table; n counts every spine, read or refused."""
    read = [d for d in detections if d is not None]
    errors = [d.error for d in read if d.error is not None]
    worst = f"{max(errors):.3f}" if errors else "-"
    excluded, identified = sum(d.excluded for d in read), sum(d.identified for d in read)
    n = len(detections)
    refused = f" ({n - len(read)} refused)" if len(read) < n else ""
    return f"{excluded} / {identified} of {n}{refused}; {worst} ({len(errors)})"


def healthy() -> None:
    """Print false alarms in healthy spines."""
    print(f"HEALTHY PHANTOMS: {HEALTHY} random patients and scanners, up to sixfold coil shading")
    alarms = {engine: Counter[str]() for engine in ENGINES}
    levels, refused = Counter[str](), Counter[str]()
    rng = np.random.default_rng(20)
    for _ in range(HEALTHY):
        phantom = random_phantom(rng, matrix=(256, 256), slices=3, sub_slices=1)
        for engine, reading in readings(phantom):
            refused[engine] += reading is None
            for level in reading.levels if reading else ():
                if level.level in SCORED:
                    levels[engine] += 1
                    alarms[engine].update(level.findings[:1])
    for engine in ENGINES:
        print(f"  {engine}: {alarms[engine].total()} of {levels[engine]} levels", end="")
        print("".join(f", {code} {count}" for code, count in alarms[engine].items()), end="")
        print(f"; {refused[engine]} of {HEALTHY} spines refused")
    print()


def real(data: Path) -> None:
    """Print the levels called suspect in real T1, by patient."""
    print("REAL T1, network: levels called suspect; * held out when limits were chosen")
    totals = {True: Counter[str](), False: Counter[str]()}
    for name, scan in _real_t1(data):
        held_out = name.startswith(HELD_OUT)
        diseased_levels = ABNORMAL.get(name, ())
        try:
            reading = measure_scan(scan, vbq.find_anatomy(scan)).reading
        except vbq.VBQError as error:
            print(f"  {name}: refused, {error.code}")
            totals[held_out]["refused"] += 1
            continue
        scored = [level for level in reading.levels if level.level in SCORED]
        suspect = {v.level: v.findings for v in scored if v.findings}
        false = [level for level in suspect if level not in diseased_levels]
        totals[held_out].update(
            levels=len(scored),
            suspect=len(suspect),
            false=len(false),
            missed=sum(v.level in diseased_levels and not v.findings for v in scored),
        )
        findings = ", ".join(f"{level} {' '.join(codes)}" for level, codes in suspect.items())
        print(
            f"  {name}{'*' if held_out else ''}: {findings or 'none'} of {len(scored)}; by eye: "
            f"{' '.join(diseased_levels) or 'none'}; false alarms {len(false)}"
        )
    for held_out, count in totals.items():
        print(
            f"  {'held out' if held_out else 'used'} when limits were chosen: {count['suspect']} "
            f"suspect of {count['levels']} levels, {count['false']} false alarms, "
            f"{count['missed']} missed; "
            f"{count['refused']} images refused"
        )


def _real_t1(data: Path) -> Iterator[tuple[str, Scan]]:
    import drawings
    import refusal_cases
    import volumes

    for patient in volumes.T1_IN_SIEGEN:
        volume = volumes.real(data, "siegen", patient)
        yield volume.name, volume.as_scan()
    for name, scan, _ in refusal_cases.midline_pictures(data, "T1"):
        yield name, scan
    for patient, volume in drawings.t1_slices(data):
        if patient != "10009":  # the patient of spider_midline 20
            yield f"spider_png {patient}", volume.as_scan()


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    diseased()
    healthy()
    if data.is_dir():
        real(data)
    else:
        print(f"REAL T1: skipped, no {data}")


if __name__ == "__main__":
    main()
