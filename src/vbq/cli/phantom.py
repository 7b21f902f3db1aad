"""``vbq phantom``: a digital lumbar spine with its known answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["phantom"]


class Contrast(StrEnum):
    """Image contrast of the series."""

    T1 = "t1"
    T2 = "t2"
    STIR = "stir"


def phantom(
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    true_vbq: Annotated[float, typer.Option("--vbq", help="True score.", min=0.1, max=20)] = 3.0,
    contrast: Annotated[Contrast, typer.Option(help="Image contrast.")] = Contrast.T1,
    field: Annotated[float, typer.Option(help="Field strength, T.", min=0.2, max=7)] = 1.5,
    snr: Annotated[float, typer.Option(help="Marrow signal over noise; 0 for none.", min=0)] = 35,
    shading: Annotated[
        float, typer.Option(help="Coil sensitivity at the skin over 150 mm deeper.", min=1)
    ] = 1,
    scoliosis: Annotated[float, typer.Option(help="Cobb angle, degrees.", min=-40, max=40)] = 0,
    nifti: Annotated[bool, typer.Option("--nifti", help="NIfTI instead of DICOM.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of anatomy, texture and noise.", min=0)] = 0,
) -> None:
    """Make a digital lumbar MRI series: OUT/scan, OUT/labels.nii.gz and OUT/truth.json."""
    from vbq.errors import UsageError
    from vbq.phantom import MriSettings, SpineShape, make_phantom
    from vbq.phantom.nifti import write_nifti

    if out.exists() and any(out.iterdir() if out.is_dir() else [out]):
        raise UsageError(f"{out} exists and is not empty.", remedy="Name a new folder.")
    settings = {"t1": MriSettings.t1, "t2": MriSettings.t2, "stir": MriSettings.stir}[contrast]
    made = make_phantom(
        shape=SpineShape(scoliosis_deg=scoliosis, seed=seed),
        acquisition=settings(field_strength_t=field, snr=snr or None, coil_shading=shading),
        true_vbq=true_vbq if contrast is Contrast.T1 else None,
        marrow_texture=0.08,
        seed=seed,
    )
    scan = out / ("scan.nii.gz" if nifti else "scan")
    if nifti:
        write_nifti(made.voxels, made.affine, scan)
    else:
        made.write_dicom(scan)
    write_nifti(made.labels, made.affine, out / "labels.nii.gz")
    (out / "truth.json").write_text(json.dumps(asdict(made.truth), indent=2) + "\n", "utf-8")
    typer.echo(f"{scan}: true VBQ {made.truth.vbq:.3f}")
