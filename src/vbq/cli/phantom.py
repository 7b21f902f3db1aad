"""``vbq phantom``: a digital lumbar spine with its known answer."""

import json
import math
import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Contrast(StrEnum):
    """Image contrast of the series."""

    T1 = "t1"
    T2 = "t2"
    STIR = "stir"


def phantom(
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    true_vbq: Annotated[
        float | None,
        typer.Option("--vbq", help="True score, of a T1 only.  [default: 3.0]", min=0.1, max=20),
    ] = None,
    contrast: Annotated[Contrast, typer.Option(help="Image contrast.")] = Contrast.T1,
    field: Annotated[float, typer.Option(help="Field strength, T.", min=0.2, max=7)] = 1.5,
    snr: Annotated[
        float,
        typer.Option(
            help="Marrow signal ÷ SD of the noise, from 1; 0 for no noise.", min=0, max=1000
        ),
    ] = 35,
    shading: Annotated[
        float,
        typer.Option(
            help="Coil sensitivity at the skin ÷ sensitivity 150 mm deeper.", min=1, max=20
        ),
    ] = 1,
    scoliosis: Annotated[float, typer.Option(help="Cobb angle, degrees.", min=-40, max=40)] = 0,
    nifti: Annotated[bool, typer.Option("--nifti", help="NIfTI instead of DICOM.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of anatomy, texture and noise.", min=0)] = 0,
) -> None:
    """Make a digital lumbar MRI series: OUT/scan, OUT/labels.nii.gz and OUT/truth.json."""
    from vbq.errors import UsageError
    from vbq.files import require_new_folder, write_folder
    from vbq.phantom import MriSettings, SpineShape, dicom_bytes, make_phantom, nifti_bytes

    options = {"vbq": true_vbq, "field": field, "snr": snr, "shading": shading,
               "scoliosis": scoliosis}  # fmt: skip
    for name, value in options.items():
        if value is not None and not math.isfinite(value):
            raise UsageError(f"--{name} {value} is not a number.", remedy="Give a finite number.")
    if 0 < snr < 1:
        raise UsageError(
            f"--snr {snr} would leave nothing but noise.",
            remedy="Give 1 to 1000, or 0 for no noise.",
        )
    if true_vbq is not None and contrast is not Contrast.T1:
        raise UsageError(
            f"--vbq cannot be set for a {contrast}: the score is defined on a T1.",
            remedy="Leave out --vbq or --contrast.",
        )
    require_new_folder(out)
    settings = {"t1": MriSettings.t1, "t2": MriSettings.t2, "stir": MriSettings.stir}[contrast]
    if contrast is Contrast.T1 and true_vbq is None:
        true_vbq = 3.0
    digital = make_phantom(
        shape=SpineShape(scoliosis_deg=scoliosis, seed=seed),
        acquisition=settings(field_strength_t=field, snr=snr or None, coil_shading=shading),
        true_vbq=true_vbq,
        marrow_texture=0.08,
        seed=seed,
    )
    scan = "scan.nii.gz" if nifti else "scan"
    contents = (
        {scan: nifti_bytes(digital.voxels, digital.affine)}
        if nifti
        else {f"{scan}/{name}": file for name, file in dicom_bytes(digital).items()}
    )
    contents["labels.nii.gz"] = nifti_bytes(digital.labels, digital.affine)
    contents["truth.json"] = (json.dumps(asdict(digital.truth), indent=2) + "\n").encode()
    write_folder(out, contents)
    shown = os.fsencode(out / scan).decode(errors="replace")  # a name need not be text
    typer.echo(f"{shown}: true VBQ {digital.truth.vbq:.3f}")
