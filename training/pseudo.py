"""Label structures that a source never drew where a first network is certain of them.

  python training/pseudo.py --data ../shared/data --work work --model work/first.onnx --out work2

Only training patients, only pixels their source left unlabelled, only where the network is
certain; all other pixels stay open. Canal and disc get masks in chu, siegen and myosegmentum, so
that contrast synthesis can darken their fluid; myosegmentum gets its visible piece of S1. SPIDER's
unlabelled midline T1 slices are added, labelled as described in `t1_pairs.py`.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
from scipy import ndimage

from evaluate import Network, stacks
from pictures import sheet
from prepare import pack, unpack
from sources import BACKGROUND, CANAL, DISC, L5, S1, S1_HALF_WIDTH_MM, Slice, bits
from t1_pairs import read_t1
from vbq.anatomy.builtin.network import normalise

SURE = 0.8
SURELY_NOT = 0.03
SMALLEST_MM2 = {CANAL: 250, DISC: 80, S1: 250}
S1_REACH_MM = 14
REACH_MM = 24


def fill(s: Slice, probabilities: np.ndarray) -> int:
    """Turn open pixels of `s` into known ones, in place; how many got a tissue."""
    filled = 0
    single = (s.target & (s.target - 1)) == 0
    winner = probabilities.argmax(0)
    for label in (CANAL, DISC, S1):
        bit = bits(label)
        admissible = ((s.target & bit) > 0) & ~single
        if label == S1 and abs(s.offset_mm) > S1_HALF_WIDTH_MM:
            continue
        if not admissible.any():
            continue
        parts, count = ndimage.label(winner == label)
        sizes = np.bincount(parts.ravel(), minlength=count + 1)
        large = sizes >= SMALLEST_MM2[label]
        large[0] = False
        if label == S1:
            near = ndimage.distance_transform_edt(s.tissue != L5) < S1_REACH_MM
            touching = np.zeros(count + 1, bool)
            touching[np.unique(parts[near])] = True
            large &= touching
        sure = admissible & large[parts] & (probabilities[label] > SURE)
        s.target[sure] = bit
        s.tissue[sure] = label
        filled += int(sure.sum())
        if label != S1:
            s.target[admissible & (probabilities[label] < SURELY_NOT)] &= ~bit
    s.target[s.target == 0] = bits(BACKGROUND)
    return filled


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="what prepare.py wrote")
    parser.add_argument("--model", type=Path, required=True, help="a first network (ONNX)")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    network = Network(args.model)
    slices = unpack(args.work / "train.npz")
    shown, filled = [], []
    for (source, _), group in stacks(slices).items():
        images = normalise(np.stack([s.image for s in group]))
        middle = min(range(len(group)), key=lambda i: abs(group[i].offset_mm))
        for i, s in enumerate(group):
            s.target = s.target.copy()
            s.tissue = s.tissue.copy()
            if source != "spider_t2space" and abs(s.offset_mm) < REACH_MM:
                filled.append(fill(s, network.probabilities(images[i])))
            if i == middle:
                shown.append((images[i], s.tissue))
    t1 = read_t1(args.data, Path(__file__).with_name("t1_landmarks.json"), network)
    print(f"filled {sum(filled)} mm² in {np.count_nonzero(filled)} of {len(filled)} slices")
    print(f"labelled {len(t1)} T1 slices")
    if not any(filled) or not t1:
        print("The first network is certain of hardly any pixel: train it longer.")
    if t1:
        sheet([(normalise(s.image), s.tissue) for s in t1], args.out / "t1.png", columns=4)
    pack(slices + t1, args.out / "train.npz")
    shutil.copy(args.work / "held_out.npz", args.out / "held_out.npz")
    sheet(shown, args.out / "filled.png", columns=11)


if __name__ == "__main__":
    main()
