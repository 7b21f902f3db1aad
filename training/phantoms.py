"""Digital phantoms as training slices: every label is exact, numbering included.

python training/phantoms.py --out work/phantoms.npz
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from pictures import sheet
from prepare import pack
from sources import BODY, CANAL, DISC, L5, S1, Slice, bits
from vbq.anatomy.builtin.network import normalise
from vbq.phantom import MriSettings, SpineShape, make_phantom

COUNT = 60
SLICES_EACH = 5


def tissue_of(labels: np.ndarray, lumbar_count: int) -> np.ndarray:
    """The network's classes of a phantom's labels; the lowest mobile vertebra is class L5."""
    lowest = 19 + lumbar_count
    tissue = np.zeros(labels.shape, np.uint8)
    tissue[(labels >= 9) & (labels < lowest)] = BODY
    tissue[labels == lowest] = L5
    tissue[labels == 26] = S1
    tissue[(labels == 60) | (labels == 61)] = CANAL
    tissue[labels >= 100] = DISC
    return tissue


def phantom_slices(number: int, seed: int) -> list[Slice]:
    """Slices of one random phantom at 1 mm."""
    rng = np.random.default_rng([seed, number])
    shape = SpineShape(
        lumbar_count=int(rng.choice([4, 5, 5, 5, 5, 5, 6])),
        lordosis_deg=rng.uniform(30, 65),
        sacral_slope_deg=rng.uniform(25, 50),
        scoliosis_deg=rng.uniform(-15, 15) if rng.random() < 0.5 else 0.0,
        size=rng.uniform(0.88, 1.12),
        disc_height=rng.uniform(0.6, 1.1),
        fat_mm=rng.uniform(8, 30),
        abdomen_mm=rng.uniform(80, 140),
        seed=int(rng.integers(1 << 30)),
    )
    settings = MriSettings.t1(
        field_strength_t=float(rng.choice([1.0, 1.5, 3.0])),
        tr_ms=rng.uniform(400, 800),
        te_ms=rng.uniform(8, 16),
        slices=SLICES_EACH,
        slice_spacing_mm=rng.uniform(3.3, 6.0),
        matrix=(330, 280),
        pixel_mm=1.0,
        snr=rng.uniform(15, 80),
        coil_shading=rng.uniform(1, 5),
        offset_mm=(rng.uniform(-3, 3), 0.0, 0.0),
    )
    phantom = make_phantom(
        shape=shape,
        acquisition=settings,
        true_vbq=rng.uniform(1.8, 5.0),
        marrow_texture=rng.uniform(0, 0.12),
        seed=int(rng.integers(1 << 30)),
    )
    tissue = tissue_of(phantom.labels, shape.lumbar_count)
    images = (normalise(phantom.voxels) * 255).astype(np.uint8)
    middle = (len(images) - 1) / 2
    return [
        Slice(
            "phantom",
            str(number),
            (i - middle) * settings.slice_spacing_mm,
            image,
            (bits(0) << t).astype(np.uint8),
            t,
        )
        for i, (image, t) in enumerate(zip(images, tissue, strict=True))
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=20261122)
    args = parser.parse_args()
    slices = [s for number in range(args.count) for s in phantom_slices(number, args.seed)]
    pack(slices, args.out)
    sheet(
        [(s.image / 255, s.tissue) for s in slices[SLICES_EACH // 2 :: SLICES_EACH][:24]],
        args.out.with_suffix(".png"),
        columns=8,
    )


if __name__ == "__main__":
    main()
