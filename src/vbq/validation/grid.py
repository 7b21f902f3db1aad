"""The phantom grid: the digital spines of a validation and the conditions they are scanned under.

A core grid crosses true score, field strength and noise. Further parts vary one factor at a time
about a reference scan, repeat the noise, add coil shading, contaminate the CSF, bury the CSF in
noise, and draw patients and scanners at random. The whole grid follows from one seed.
"""

from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

import numpy as np

from vbq.phantom.random_patients import random_settings, random_shape
from vbq.phantom.settings import MriSettings
from vbq.phantom.spine_shape import SpineShape
from vbq.text import percent

Part = Literal["core", "factors", "repeats", "shading", "csf", "floor", "random"]

TRUE_SCORES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
FIELDS_T = (1.5, 3.0)
NOISY_SNRS, DRAWS = (50.0, 25.0), 4  # enough draws for a standard error of the slope below 0.005
# Published group means range from 2.2 to 4.7 (docs/reference-populations.md).
REPEATED_SCORES = (2.0, 2.5, 3.0, 3.5, 4.0, 4.5)
REPEATS, REPEATED_SNR = 6, 25.0
FACTOR_SPINES = 3
REFERENCE_SCORE, REFERENCE_SNR, REFERENCE_TEXTURE = 3.0, 35.0, 0.08
SHADINGS, SHADED_SPINES = (1.3, 2.0, 5.0), 10
CONTAMINATED_SPINES = 3
FLOOR_SPINES, FLOOR_REPEATS, FLOOR_CSF_SNR = 4, 6, 3.0
RANDOM_SPINES = 32

MATRIX = (320, 240)
REFERENCE = MriSettings(slices=5, matrix=MATRIX, pixel_mm=0.9)  # 288 mm, 4 mm slices, 1.5 T


@dataclass(frozen=True)
class ScanCondition:
    """The condition under which a digital spine is scanned once.

    Attributes:
        snr: Mean signal over the sigma of the noise; ``None`` for no noise.
        snr_tissue: Tissue of that signal: the marrow of L1-L4, or CSF.
        shading: Coil sensitivity at the skin of the back over that 150 mm anterior to it.
        csf_contamination: Contaminant of the sac: a key of `CSF_CONTAMINANTS` in
            `vbq.validation.csf_contamination`, or empty for none.
        repeat: Number of the noise draw; scans of one spine with the same number share it.
        factor, setting: The factor that is varied and its setting; empty for the reference.
    """

    snr: float | None = REFERENCE_SNR
    snr_tissue: Literal["marrow", "csf"] = "marrow"
    shading: float = 1.0
    csf_contamination: str = ""
    repeat: int = 0
    factor: str = ""
    setting: str = ""


@dataclass(frozen=True)
class DigitalSpine:
    """One digital spine and the conditions it is scanned under.

    Attributes:
        part: Part of the grid.
        seed: Seed of anatomy, texture and noise.
        true_vbq: The true score.
        settings: Geometry and field strength; noise and shading vary between the conditions.
        shape: Anatomy.
        texture: SD of the marrow's signal over its mean.
        clear_sac: Whether the sac holds CSF alone, without nerve roots.
        conditions: One for each scan.
    """

    part: Part
    seed: int
    true_vbq: float
    conditions: tuple[ScanCondition, ...]
    settings: MriSettings = REFERENCE
    shape: SpineShape = field(default_factory=SpineShape)
    texture: float = REFERENCE_TEXTURE
    clear_sac: bool = False


def phantom_grid(seed: int = 0) -> list[DigitalSpine]:
    """The digital spines of a validation, in reading order; the same seed gives the same grid."""
    spines = [*_core(), *_repeats(), *_factors(), *_shading(), *_csf(), *_floor()]
    return [*(_with_seed(spine, 100_000 * seed + spine.seed) for spine in spines), *_random(seed)]


def _with_seed(spine: DigitalSpine, seed: int) -> DigitalSpine:
    return replace(spine, seed=seed, shape=replace(spine.shape, seed=seed))


def _core() -> list[DigitalSpine]:
    """Homogeneous marrow, so that every region of interest has exactly the true signal."""
    noisy = [snr for snr in NOISY_SNRS for _ in range(DRAWS)]
    conditions = tuple(ScanCondition(snr=snr, repeat=k) for k, snr in enumerate((None, *noisy)))
    return [
        DigitalSpine(
            "core",
            number,
            score,
            conditions,
            replace(REFERENCE, field_strength_t=tesla),
            texture=0.0,
        )
        for number, (score, tesla) in enumerate(product(TRUE_SCORES, FIELDS_T))
    ]


def _repeats() -> list[DigitalSpine]:
    conditions = tuple(ScanCondition(snr=REPEATED_SNR, repeat=k) for k in range(REPEATS))
    return [
        DigitalSpine("repeats", 1000 + number, score, conditions)
        for number, score in enumerate(REPEATED_SCORES)
    ]


def _factors() -> list[DigitalSpine]:
    """One factor at a time on the same spines; the reference comes first, with its noise varied."""
    noise = tuple(
        ScanCondition(snr=snr, factor="noise", setting="none" if snr is None else f"SNR {snr:g}")
        for snr in (None, 60.0, 25.0, 15.0)
    )
    spines = []
    for number in range(2000, 2000 + FACTOR_SPINES):
        reference = DigitalSpine("factors", number, REFERENCE_SCORE, (ScanCondition(), *noise))
        spines.append(reference)
        for factor, setting, settings in _geometries():
            conditions = (ScanCondition(factor=factor, setting=setting),)
            spines.append(replace(reference, settings=settings, conditions=conditions))
        for texture in (0.0, 0.04, 0.12):
            conditions = (ScanCondition(factor="texture", setting=percent(texture, None)),)
            spines.append(replace(reference, texture=texture, conditions=conditions))
    return spines


def _geometries() -> list[tuple[str, str, MriSettings]]:
    """Factor, name of its setting, and acquisition that differs from the reference in it alone."""
    return [
        ("field", "3 T", replace(REFERENCE, field_strength_t=3.0)),
        *(
            ("slice offset", f"{mm:g} mm", replace(REFERENCE, offset_mm=(mm, 0.0, 0.0)))
            for mm in (1.1, 2.2, 6.6)
        ),
        *(
            ("rotation", name, replace(REFERENCE, rotation_deg=angles))
            for name, angles in (
                ("10° forwards", (10.0, 0.0, 0.0)),
                ("5° sideways", (0.0, 5.0, 0.0)),
                ("5° about the axis", (0.0, 0.0, 5.0)),
                ("5° about all three", (5.0, 5.0, 5.0)),
            )
        ),
        *(
            ("slice thickness", f"{mm:g} mm",
             replace(REFERENCE, slice_thickness_mm=mm, slice_spacing_mm=1.1 * mm))
            for mm in (2.0, 3.0, 5.0, 6.0)
        ),
        *(
            ("field of view", f"{mm:g} mm", replace(REFERENCE, pixel_mm=mm / MATRIX[0]))
            for mm in (220.0, 250.0, 340.0, 400.0)
        ),
    ]  # fmt: skip


def _shading() -> list[DigitalSpine]:
    conditions = tuple(
        ScanCondition(shading=s, factor="shading", setting=f"{s:g} ×") for s in SHADINGS
    )
    scores = np.linspace(2.0, 4.0, SHADED_SPINES).round(2).tolist()
    return [
        DigitalSpine("shading", 3000 + number, score, (ScanCondition(), *conditions))
        for number, score in enumerate(scores)
    ]


def _csf() -> list[DigitalSpine]:
    conditions = tuple(
        ScanCondition(snr=snr, csf_contamination=contaminant)
        for snr in (None, 25.0)
        for contaminant in ("", "fat", "roots")
    )
    return [
        DigitalSpine("csf", 4000 + number, REFERENCE_SCORE, conditions, clear_sac=True)
        for number in range(CONTAMINATED_SPINES)
    ]


def _floor() -> list[DigitalSpine]:
    conditions = tuple(
        ScanCondition(snr=FLOOR_CSF_SNR, snr_tissue="csf", repeat=k) for k in range(FLOOR_REPEATS)
    )
    return [
        DigitalSpine("floor", 5000 + number, REFERENCE_SCORE, conditions)
        for number in range(FLOOR_SPINES)
    ]


def _random(seed: int) -> list[DigitalSpine]:
    """Random patients and scanners, with noise and without coil shading."""
    rng = np.random.default_rng([seed, 61])
    spines = []
    for number in range(RANDOM_SPINES):
        settings = random_settings(
            rng, matrix=MATRIX, slices=5, snr=float(rng.uniform(15, 60)), coil_shading=1.0,
            lowest_level=None,
        )  # fmt: skip
        condition = ScanCondition(snr=settings.snr)
        spines.append(
            DigitalSpine(
                "random",
                100_000 * seed + 6000 + number,
                round(float(rng.uniform(1.6, 5.0)), 3),
                (condition,),
                replace(settings, snr=None),
                random_shape(rng),
            )
        )
    return spines
