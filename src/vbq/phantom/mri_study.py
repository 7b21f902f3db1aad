"""A complete study as a scanner exports it: localiser, sagittal T2, T1 and STIR, axial T2."""

from dataclasses import replace
from pathlib import Path

from vbq.files import write_folder
from vbq.phantom.files.dicom import StudyLabel, dicom_bytes
from vbq.phantom.phantom import Phantom, make_phantom
from vbq.phantom.settings import MriSettings, Plane
from vbq.phantom.spine_shape import SpineShape


def write_mri_study(
    folder: Path | str,
    *,
    shape: SpineShape | None = None,
    true_vbq: float = 3.2,
    field_strength_t: float = 1.5,
    matrix: int = 384,
    seed: int = 0,
) -> Phantom:
    """Write a lumbar MRI study as DICOM, completely or not at all: one folder for each series.

    Args:
        folder: Created if missing. Files are named ``DICOM/SE000001/IM000001`` and so on, without
            extension; existing files of these names are replaced.
        shape: Spine parameters; those of an average adult by default.
        true_vbq: True score of the T1 series.
        field_strength_t: Field strength in tesla.
        matrix: Rows and columns of the sagittal series, which cover 290 mm.
        seed: Seed of noise and textures.

    Returns:
        The phantom of the T1 series, with its truth.

    Raises:
        OutputError: A file cannot be written; the folder is left as it was.
    """
    shape = shape or SpineShape()
    label = StudyLabel(key=f"{shape}/{true_vbq}/{field_strength_t}/{matrix}/{seed}")
    grid = {
        "field_strength_t": field_strength_t,
        "matrix": (matrix, matrix),
        "pixel_mm": 290.0 / matrix,
        "slices": 13,
        "coil_shading": 1.1,  # residual of the scanner's intensity normalisation
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

    def add_series(number: int, phantom: Phantom, **options: object) -> None:
        files = dicom_bytes(phantom, series_number=number, study=label, **options)  # type: ignore[arg-type]
        contents.update({f"DICOM/SE{number:06d}/{name}": file for name, file in files.items()})

    def make_series(number: int, settings: MriSettings, **options: object) -> None:
        phantom = make_phantom(
            shape=shape,
            acquisition=settings,
            marrow_density=density,
            marrow_texture=0.08,
            seed=seed + number,
        )
        add_series(number, phantom, **options)

    localiser = MriSettings.t1(
        field_strength_t=field_strength_t, matrix=(192, 192), pixel_mm=2.1, slices=3,
        slice_thickness_mm=8.0, slice_spacing_mm=20.0, sub_slices=1, description="LOCALIZER",
    )  # fmt: skip
    planes: tuple[Plane, ...] = ("sagittal", "coronal", "axial")
    for k, plane in enumerate(planes):
        make_series(
            1, replace(localiser, plane=plane), first_instance=1 + 3 * k, series_key="localiser"
        )
    make_series(2, MriSettings.t2(**grid, sub_slices=1))
    add_series(3, t1)
    make_series(4, MriSettings.stir(**grid, sub_slices=1))
    make_series(5, MriSettings.t2(
        field_strength_t=field_strength_t, plane="axial", matrix=(192, 192), pixel_mm=1.0,
        slices=12, slice_thickness_mm=4.0, slice_spacing_mm=9.0, offset_mm=(0.0, 0.0, -45.0),
        description="T2 TSE AX",
    ))  # fmt: skip
    write_folder(folder, contents)
    return t1
