"""A whole study as a scanner exports it: localiser, sagittal T2, T1 and STIR, axial T2."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vbq.files import write_folder
from vbq.phantom.files.dicom import StudyLabel, dicom_bytes
from vbq.phantom.phantom import make_phantom
from vbq.phantom.settings import MriSettings, Plane
from vbq.phantom.spine_shape import SpineShape

if TYPE_CHECKING:
    from pathlib import Path

    from vbq.phantom.phantom import Phantom

__all__ = ["write_study"]


def write_study(
    folder: Path | str,
    *,
    shape: SpineShape | None = None,
    true_vbq: float = 3.2,
    field_strength_t: float = 1.5,
    matrix: int = 384,
    seed: int = 0,
) -> Phantom:
    """Write a lumbar study as DICOM, whole or not at all: one folder a series.

    Args:
        folder: Where to; made if needed. The tree is ``DICOM/SE000001/IM000001`` and so on,
            file names without extension; in a folder that exists, these are replaced.
        shape: The spine; an average adult's by default.
        true_vbq: The true score of the T1 series.
        field_strength_t: Tesla.
        matrix: Rows and columns of the sagittal series, over 290 mm.
        seed: Seed of noise and textures.

    Returns:
        The T1 phantom, with the truth.

    Raises:
        OutputError: A file cannot be written; what was there before still is.
    """
    shape = shape or SpineShape()
    label = StudyLabel(key=f"{shape}/{true_vbq}/{field_strength_t}/{matrix}/{seed}")
    grid = {
        "field_strength_t": field_strength_t,
        "matrix": (matrix, matrix),
        "pixel_mm": 290.0 / matrix,
        "slices": 13,
        "coil_shading": 1.1,  # what a scanner's own intensity normalisation leaves
    }
    t1 = make_phantom(
        shape=shape,
        acquisition=MriSettings.t1(**grid),
        true_vbq=true_vbq,
        marrow_texture=0.08,
        seed=seed,
    )
    density = t1.truth.marrow_density
    contents: dict[str, bytes] = {}

    def add(number: int, phantom: Phantom, **options: object) -> None:
        files = dicom_bytes(phantom, series_number=number, study=label, **options)  # type: ignore[arg-type]
        contents.update({f"DICOM/SE{number:06d}/{name}": file for name, file in files.items()})

    def series(number: int, settings: MriSettings, **options: object) -> None:
        phantom = make_phantom(
            shape=shape,
            acquisition=settings,
            marrow_density=density,
            marrow_texture=0.08,
            seed=seed + number,
        )
        add(number, phantom, **options)

    small = MriSettings.t1(
        field_strength_t=field_strength_t, matrix=(192, 192), pixel_mm=2.1, slices=3,
        slice_thickness_mm=8.0, slice_spacing_mm=20.0, sub_slices=1, description="LOCALIZER",
    )  # fmt: skip
    planes: tuple[Plane, ...] = ("sagittal", "coronal", "axial")
    for k, plane in enumerate(planes):
        series(1, replace(small, plane=plane), first_instance=1 + 3 * k, series_key="localiser")
    series(2, MriSettings.t2(**grid, sub_slices=1))
    add(3, t1)
    series(4, MriSettings.stir(**grid, sub_slices=1))
    series(5, MriSettings.t2(
        field_strength_t=field_strength_t, plane="axial", matrix=(192, 192), pixel_mm=1.0,
        slices=12, slice_thickness_mm=4.0, slice_spacing_mm=9.0, offset_mm=(0.0, 0.0, -45.0),
        description="T2 TSE AX",
    ))  # fmt: skip
    write_folder(folder, contents)
    return t1
