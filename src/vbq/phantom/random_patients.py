"""Random phantoms: natural variation of patients, scanners and contrast."""

from dataclasses import replace
from typing import Any

import numpy as np

from vbq.phantom.phantom import Phantom, make_phantom
from vbq.phantom.settings import MriSettings
from vbq.phantom.spine_shape import SpineShape
from vbq.phantom.tissue import TISSUES, Tissue


def random_shape(rng: np.random.Generator) -> SpineShape:
    """A random patient; one in eight has four or six lumbar vertebrae."""
    slope = float(np.clip(rng.normal(38, 7), 20, 58))
    return SpineShape(
        lumbar_count=int(rng.choice([4, 5, 6], p=[0.06, 0.875, 0.065])),
        lordosis_deg=float(np.clip(12 + slope + rng.normal(0, 7), 18, 80)),
        sacral_slope_deg=slope,
        scoliosis_deg=float(rng.normal(0, 5)) if rng.random() < 0.7 else float(rng.normal(0, 14)),
        size=float(np.clip(rng.normal(1, 0.08), 0.78, 1.22)),
        disc_height=float(rng.uniform(0.55, 1.1)),
        waist_mm=float(rng.uniform(1.0, 3.4)),
        endplate_mm=float(rng.uniform(0.8, 3.4)),
        canal_mm=float(rng.uniform(12.5, 18.5)),
        conus=float(rng.normal(20.6, 0.5)),
        fat_mm=float(rng.uniform(5, 34)),
        abdomen_mm=float(rng.uniform(75, 140)),
        variation=float(rng.uniform(0.6, 1.8)),
        seed=int(rng.integers(2**31)),
    )


def random_settings(rng: np.random.Generator, **fixed: Any) -> MriSettings:
    """A T1 of a random scanner and protocol, with a field of view of 230–420 mm.

    Args:
        rng: Random number generator.
        **fixed: Fields of `MriSettings` to fix, e.g. ``matrix=(192, 192)``; the pixel size
            follows from matrix and field of view unless it is fixed too.
    """
    matrix = fixed.get("matrix", (320, 320))
    field_of_view = float(np.clip(rng.gamma(9, 12) + 200, 230, 420))
    thickness = float(rng.uniform(3.0, 5.0))
    settings = MriSettings(
        field_strength_t=float(rng.choice([1.5, 3.0])),
        tr_ms=float(rng.uniform(400, 850)),
        te_ms=float(rng.uniform(8, 20)),
        slices=int(rng.integers(11, 20)),
        slice_thickness_mm=thickness,
        slice_spacing_mm=thickness * float(rng.uniform(1.0, 1.25)),
        pixel_mm=field_of_view / max(matrix),
        rotation_deg=(
            float(rng.normal(0, 5)), float(rng.normal(0, 2.5)), float(rng.normal(0, 3.5))
        ),
        offset_mm=(float(rng.normal(0, 4)), float(rng.normal(0, 12)), float(rng.normal(0, 18))),
        lowest_level="L5" if rng.random() < 0.05 else None,
        snr=float(np.exp(rng.uniform(np.log(10), np.log(80)))),
        coil_shading=float(np.exp(rng.uniform(0, np.log(6)))),
        presaturation=float(rng.uniform(0, 0.8)),
        blur_px=float(rng.uniform(0.3, 0.9)),
    )  # fmt: skip
    return replace(settings, **fixed)


def random_phantom(rng: np.random.Generator, **fixed: Any) -> Phantom:
    """A phantom of a random patient on a random scanner, with a true score of 1.6 to 5.

    Args:
        rng: Random number generator; the same state gives the same phantom.
        **fixed: Fields of `MriSettings` to fix; ``matrix=(160, 160), slices=1`` is fast.
    """
    shape = random_shape(rng)
    settings = random_settings(rng, **fixed)
    if settings.lowest_level is not None and "lowest_level" not in fixed:
        settings = replace(settings, lowest_level=f"L{shape.lumbar_count}")
    mean_fat = float(rng.uniform(0.25, 0.65))
    return make_phantom(
        shape=shape,
        acquisition=settings,
        marrow_fat={
            name: float(np.clip(mean_fat + rng.normal(0, 0.05), 0, 1))
            for name in ("L1", "L2", "L3", "L4", "S1")
        },
        true_vbq=float(rng.uniform(1.6, 5.0)),
        tissues=_random_tissues(rng),
        marrow_texture=float(rng.uniform(0, 0.16)),
        seed=int(rng.integers(2**31)),
    )


def _random_tissues(rng: np.random.Generator) -> dict[str, Tissue]:
    """Tissues with proton densities 0.8 to 1.25 times the default."""
    names = ("muscle", "nucleus", "annulus", "ligament", "cord", "root", "organ", "bowel", "fat")
    return {
        name: replace(TISSUES[name], density=TISSUES[name].density * float(rng.uniform(0.8, 1.25)))
        for name in names
    }
