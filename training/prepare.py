"""Precompute every labelled slice at 1 mm into one file per part of the split.

python training/prepare.py --data ../shared/data --out work
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from sources import Slice, load_corners, load_split, read_all

FOLDER = Path(__file__).parent


def pack(slices: list[Slice], path: Path) -> None:
    """Slices differ in size: pixels are stored end to end with a table of shapes.

    Written under a temporary name, then renamed: an existing file is always complete.
    """
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        image=np.concatenate([s.image.ravel() for s in slices]),
        target=np.concatenate([s.target.ravel() for s in slices]),
        tissue=np.concatenate([s.tissue.ravel() for s in slices]),
        shape=np.array([s.image.shape for s in slices]),
        offset_mm=np.array([s.offset_mm for s in slices]),
        source=np.array([s.source for s in slices]),
        patient=np.array([s.patient for s in slices]),
    )
    part.replace(path)


def unpack(path: Path) -> list[Slice]:
    """The slices written by `pack`."""
    store = np.load(path)
    flat = {k: store[k] for k in ("image", "target", "tissue")}
    ends = np.cumsum(store["shape"].prod(1))
    table = zip(
        store["source"], store["patient"], store["offset_mm"], store["shape"], ends, strict=True
    )
    return [
        Slice(
            str(source),
            str(patient),
            float(offset),
            *(
                flat[k][end - shape.prod() : end].reshape(shape)
                for k in ("image", "target", "tissue")
            ),
        )
        for source, patient, offset, shape, end in table
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    split = load_split(FOLDER / "split.json")
    corners = load_corners(FOLDER / "s1_corners.json")
    for part in ("train", "held_out"):
        slices = list(read_all(args.data, split, part, corners))
        pack(slices, args.out / f"{part}.npz")
        print(
            part, len(slices), "slices of", len({(s.source, s.patient) for s in slices}), "patients"
        )


if __name__ == "__main__":
    main()
