"""Diseased levels found and healthy ones spared: ``python benchmarks/suspect_levels.py``.

Digital spines with one thing wrong, in three severities, and healthy ones; each is read with the
built-in network and with its true outlines. A level is *left out* if it is not scored for whatever
reason, *named* if the right flag says why. A spine that is refused counts in n and as neither, and
is said beside it. The error of the score is that against the phantom's true score over the levels
that are left, in the two spines of each row without coil shading and with little noise, both of
which move a raw score for reasons of their own; that of the same spines with nothing wrong stands
beside it. Real T1, where the data are present: which of L1-L4 are called suspect, and which of them
the developers, who are no radiologists, see nothing wrong with.
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
SHADINGS = (1.0, 1.0, 2.0, 4.0)  # one spine each
HEALTHY = 20  # spines, drawn at random with scanner, noise and shading
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

# Levels on which the developers see disease. L2/3 of siegen, one patient: a narrowed disc with
# blurred endplates and marrow dark or streaked on both its sides, least in L3 of 08.
ABNORMAL = {
    "siegen 02": ("L2", "L3"),
    "siegen 06": ("L2", "L3"),
    "siegen 08": ("L2", "L3"),
    "spider_midline 16": ("L4",),  # a bright focus of 8 mm at the lower endplate
    "spider_midline 18": ("L2", "L3"),  # bright along L2/3: a slight Modic 2
    "spider_midline 26": ("L3", "L4"),  # mixed Modic change of L3 to L5, osteophytes
}
UNSEEN = ("siegen", "spider_midline 20", "spider_png")  # no limit was chosen on these


def pathology_of(kind: str, severity: float, level: str) -> dict[str, Pathology]:
    """What is wrong with a spine, by level name."""
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
class Found:
    """What one engine made of one diseased phantom; ``error`` where it has no shading."""

    left_out: bool
    named: bool
    false_alarms: int
    healthy_levels: int
    error: float | None


def draw(seed: int, pathology: dict[str, Pathology]) -> Phantom:
    """One of the spines, with what is wrong with it."""
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


def examine(kind: str, severity: float, seed: int) -> list[Found | None]:
    """Read one diseased phantom with each engine; ``None`` where there is no reading."""
    level = SCORED[(seed + list(KINDS).index(kind)) % 4]
    pathology = pathology_of(kind, severity, level)
    phantom = draw(seed, pathology)
    found: list[Found | None] = []
    for _, reading in readings(phantom):
        if reading is None:
            found.append(None)
            continue
        of_level = {v.level: v for v in reading.levels}
        used = [name for name in SCORED if name in of_level and of_level[name].used]
        well = [name for name in SCORED if name in of_level and name not in pathology]
        truth = np.median([phantom.truth.levels[name] for name in used]) if used else np.nan
        known = reading.score is not None and SHADINGS[seed] == 1 and level not in used
        found.append(
            Found(
                left_out=level not in used,
                named=level in of_level and KINDS[kind] in of_level[level].findings,
                false_alarms=sum(bool(of_level[name].findings) for name in well),
                healthy_levels=len(well),
                error=abs(reading.score - float(truth)) if known and reading.score else None,
            )
        )
    return found


def readings(phantom: Phantom) -> Iterator[tuple[str, Reading | None]]:
    """A phantom as read with the network and with its true outlines."""
    scan = phantom.as_scan()
    try:
        yield ENGINES[0], measure_scan(scan, vbq.find_anatomy(scan)).reading
    except vbq.VBQError:
        yield ENGINES[0], None
    yield ENGINES[1], measure_scan(scan, phantom.true_anatomy(scan)).reading


def diseased() -> None:
    """Sensitivity and what is left, by kind and severity."""
    print(f"DISEASED PHANTOMS: {len(SHADINGS)} spines a row, one diseased level each")
    print("  left out / named of n; largest |score - truth over the levels left| (its n)")
    print(f"{'':12}severity" + "".join(f"{engine:>34}" for engine in ENGINES))
    everything: list[list[Found | None]] = [[], []]
    for kind, severities in SEVERITIES.items():
        for severity in severities:
            rows = [examine(kind, severity, seed) for seed in range(len(SHADINGS))]
            columns = list(zip(*rows, strict=True))
            for seen, column in zip(everything, columns, strict=True):
                seen.extend(column)
            print(f"{kind:12}{severity:8.2f}" + "".join(f"{cell(c):>34}" for c in columns))
    for engine, found in zip(ENGINES, everything, strict=True):
        read = [f for f in found if f is not None]
        alarms, levels = sum(f.false_alarms for f in read), sum(f.healthy_levels for f in read)
        print(
            f"  {engine}: {alarms} false alarms among {levels} healthy levels beside disease; "
            f"{len(found) - len(read)} of {len(found)} spines refused"
        )
    for seed in (seed for seed, shading in enumerate(SHADINGS) if shading == 1):
        phantom = draw(seed, {})
        errors = [
            f"{engine} {abs(reading.score - phantom.truth.vbq):.3f}"
            for engine, reading in readings(phantom)
            if reading is not None and reading.score is not None
        ]
        print(f"  |score - truth| of spine {seed} with nothing wrong: {', '.join(errors)}")
    print()


def cell(found: Sequence[Found | None]) -> str:
    """One engine's row of the table; n is every spine drawn, read or refused."""
    read = [f for f in found if f is not None]
    errors = [f.error for f in read if f.error is not None]
    worst = f"{max(errors):.3f}" if errors else "-"
    left, named = sum(f.left_out for f in read), sum(f.named for f in read)
    refused = f" ({len(found) - len(read)} refused)" if len(read) < len(found) else ""
    return f"{left} / {named} of {len(found)}{refused}; {worst} ({len(errors)})"


def healthy() -> None:
    """False alarms where nothing is wrong."""
    print(f"HEALTHY PHANTOMS: {HEALTHY} random patients and scanners, shading up to 6 times")
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
    """Levels called suspect in real T1, patient by patient."""
    print("REAL T1, network: levels called suspect; * no limit was chosen on it")
    totals = {True: Counter[str](), False: Counter[str]()}
    for name, scan in _real_t1(data):
        unseen = name.startswith(UNSEEN)
        ill = ABNORMAL.get(name, ())
        try:
            reading = measure_scan(scan, vbq.find_anatomy(scan)).reading
        except vbq.VBQError as error:
            print(f"  {name}: refused, {error.code}")
            totals[unseen]["refused"] += 1
            continue
        scored = [level for level in reading.levels if level.level in SCORED]
        suspect = {v.level: v.findings for v in scored if v.findings}
        false = [level for level in suspect if level not in ill]
        totals[unseen].update(
            levels=len(scored),
            suspect=len(suspect),
            false=len(false),
            missed=sum(v.level in ill and not v.findings for v in scored),
        )
        said = ", ".join(f"{level} {' '.join(codes)}" for level, codes in suspect.items())
        print(
            f"  {name}{'*' * unseen}: {said or 'none'} of {len(scored)}; seen by eye: "
            f"{' '.join(ill) or 'none'}; false alarms {len(false)}"
        )
    for unseen, count in totals.items():
        print(
            f"  {'not used' if unseen else 'used'} for choosing: {count['suspect']} suspect of "
            f"{count['levels']} levels, {count['false']} false alarms, {count['missed']} missed; "
            f"{count['refused']} pictures refused"
        )


def _real_t1(data: Path) -> Iterator[tuple[str, Scan]]:
    import drawings
    import offered
    import volumes

    for patient in volumes.T1_IN_SIEGEN:
        volume = volumes.real(data, "siegen", patient)
        yield volume.name, volume.as_scan()
    for name, scan, _ in offered.midline_pictures(data, "T1"):
        yield name, scan
    for patient, volume in drawings.t1_slices(data):
        if patient != "10009":  # the patient of spider_midline 20
            yield f"spider_png {patient}", volume.as_scan()


def main() -> None:
    """Command line."""
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
