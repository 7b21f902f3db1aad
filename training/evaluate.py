"""Measure the shipped ONNX file on patients never trained on, and draw its output.

python training/evaluate.py --data ../shared/data --work work \
    --model src/vbq/anatomy/builtin/weights/vertebra_unet.onnx --out work/evaluation
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image
from scipy import ndimage

from contrast import recolour
from phantoms import phantom_slices
from pictures import sheet
from prepare import unpack
from sources import BODY, CANAL, DISC, L5, PITCH_MM, S1, Slice, bits, dice
from vbq.anatomy.builtin.network import normalise

MIDLINE_MM = 5.0
REACH_MM = 15.0
PHANTOMS, PHANTOM_SEED = 10, 7
SIEGEN_T1 = ("02", "06", "08")


class Network:
    """The ONNX file behind the input contract of `vbq.anatomy.builtin.network.normalise`."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """Probabilities (6,H,W) of a normalised image, padded with zeros to multiples of 32."""
        height, width = image.shape
        padded = np.pad(image, ((0, -height % 32), (0, -width % 32)))
        (probabilities,) = self.session.run(None, {"image": padded[None, None]})
        return probabilities[0, :, :height, :width]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Class map (N,H,W) of normalised images (N,H,W)."""
        return np.stack([self.probabilities(image).argmax(0) for image in images])


def lumbar_levels(tissue: np.ndarray) -> dict[str, np.ndarray]:
    """L5 and up to four bodies above it, as drawn; nothing if L5 is not in the slice."""
    if (tissue == L5).sum() < 100:
        return {}
    labels, count = ndimage.label(tissue == BODY)
    bodies = [labels == k for k in range(1, count + 1) if (labels == k).sum() > 100]
    bodies.sort(key=lambda b: -np.nonzero(b)[0].mean())
    names = ("L4", "L3", "L2", "L1")
    return {"L5": tissue == L5} | dict(zip(names, bodies, strict=False))


def judge(s: Slice, classes: np.ndarray) -> dict:
    """Dice of each lumbar body, L5 in its place, S1, canal and disc of one slice."""
    levels = lumbar_levels(s.tissue)
    result: dict = {"patient": s.patient, "offset_mm": s.offset_mm}
    if not levels:
        return result
    bone = (s.tissue == BODY) | (s.tissue == L5) | (s.tissue == S1)
    names = np.zeros(s.tissue.shape, int)
    for k, mask in enumerate(levels.values(), 1):
        names[mask] = k
    distance, nearest = ndimage.distance_transform_edt(~bone, return_indices=True)
    owner = np.where(distance < REACH_MM, names[tuple(nearest)], 0)
    # Every predicted body pixel is charged to the drawn body nearest to it.
    predicted = (classes == BODY) | (classes == L5)
    for k, (name, mask) in enumerate(levels.items(), 1):
        result[name] = dice(predicted & (owner == k), mask)
    marked = classes == L5
    result["L5_right"] = bool(marked.any() and dice(marked, levels["L5"]) > 0.5)
    result["L5_dice"] = dice(marked, levels["L5"])
    single = (s.target & (s.target - 1)) == 0
    for name, label in (("S1", S1), ("canal", CANAL), ("disc", DISC)):
        truth = s.tissue == label
        if (single & truth).sum() > 50:
            # Only pixels where the source leaves this class possible but unsure are not judged.
            known = single | ((s.target & bits(label)) == 0)
            result[name] = dice((classes == label) & known, truth & known)
    body_known = single | ((s.target & bits(BODY, L5)) == 0)
    result["stray_mm2"] = int((predicted & body_known & (distance >= REACH_MM)).sum())
    return result


def summarise(rows: list[dict]) -> dict:
    """Median and minimum over slices, with the number of patients and slices behind them."""
    rows = [r for r in rows if "L5" in r]
    bodies = [r[k] for r in rows for k in ("L1", "L2", "L3", "L4", "L5") if k in r]
    out: dict = {"patients": len({r["patient"] for r in rows}), "slices": len(rows)}
    if not rows:
        return out
    out["body_median"] = round(float(np.median(bodies)), 3)
    out["body_p5"] = round(float(np.percentile(bodies, 5)), 3)
    out["body_min"] = round(min(bodies), 3)
    for key in ("S1", "canal", "disc", "L5_dice"):
        values = [r[key] for r in rows if key in r]
        if values:
            out[key + "_median"] = round(float(np.median(values)), 3)
            out[key + "_slices"] = len(values)
    out["L5_right"] = f"{sum(r['L5_right'] for r in rows)}/{len(rows)}"
    out["stray_mm2_mean"] = round(float(np.mean([r["stray_mm2"] for r in rows])), 1)
    return out


def stacks(slices: list[Slice]) -> dict[tuple[str, str], list[Slice]]:
    """Slices by source and patient."""
    groups: dict[tuple[str, str], list[Slice]] = {}
    for s in slices:
        groups.setdefault((s.source, s.patient), []).append(s)
    return groups


def as_t1(group: list[Slice], seed: int) -> np.ndarray:
    """The stack in one random T1-like contrast."""
    return np.stack(
        [
            recolour(s.image / np.float32(255), s.tissue, np.random.default_rng(seed), t1_like=True)
            for s in group
        ]
    )


def midline_pictures(data: Path, network: Network) -> list[tuple[np.ndarray, np.ndarray]]:
    """SPIDER's midline T1 images have no spacing: rescale until bodies are PITCH_MM apart."""
    shown = []
    for path in sorted((data / "spider_midline" / "images").glob("*_T1.png")):
        pixels = np.array(Image.open(path).convert("L")).astype(np.float32)
        scale = 300.0 / pixels.shape[0]
        for _ in range(3):
            smooth = ndimage.gaussian_filter(pixels, max(0.0, 0.4 / scale - 0.4))
            image = normalise(ndimage.zoom(smooth, scale, order=1))
            classes = network(image[None])[0]
            labels, count = ndimage.label(
                ndimage.binary_erosion((classes == BODY) | (classes == L5))
            )
            centres = np.array(
                sorted(
                    ndimage.center_of_mass(labels == k)
                    for k in range(1, count + 1)
                    if (labels == k).sum() > 150
                )
            )
            if len(centres) < 3:
                break
            pitch = np.median(np.linalg.norm(np.diff(centres[-5:], axis=0), axis=1))
            scale *= float(np.clip(PITCH_MM / pitch, 0.7, 1.4))
        shown.append((image, classes))
    return shown


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="what prepare.py wrote")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    network = Network(args.model)

    rows: dict[str, list[dict]] = {}
    pictures: dict[str, list] = {}
    held_out = unpack(args.work / "held_out.npz")
    # The training phantoms have another seed: these are new spines, new fields of view.
    held_out += [s for k in range(PHANTOMS) for s in phantom_slices(k, PHANTOM_SEED)]
    for number, ((source, patient), group) in enumerate(stacks(held_out).items()):
        near = [i for i, s in enumerate(group) if abs(s.offset_mm) <= MIDLINE_MM]
        label = source
        if source == "siegen":
            label = "siegen_T1" if patient in SIEGEN_T1 else "siegen_TIRM"
        variants = {label: np.stack([s.image for s in group])}
        if source not in ("siegen", "phantom"):
            variants[f"{label}_as_T1"] = as_t1(group, number)
        for name, stack in variants.items():
            images = normalise(stack)
            classes = network(images[near])
            rows.setdefault(name, []).extend(
                judge(group[i], f) for i, f in zip(near, classes, strict=True)
            )
            middle = len(near) // 2
            pictures.setdefault(name, []).append((images[near[middle]], classes[middle]))
            if source == "siegen":
                # Far off the midline, too, the picture has to be sane.
                for z in (len(group) // 5, len(group) // 2, len(group) * 3 // 4):
                    pictures[name].append((images[z], network(images[z : z + 1])[0]))
    report = {name: summarise(r) for name, r in rows.items()}
    (args.out / "report.json").write_text(
        json.dumps({"summary": report, "slices": rows}, indent=1), encoding="utf-8"
    )
    for name, line in report.items():
        print(name, json.dumps(line))
    for name, pairs in pictures.items():
        sheet(pairs, args.out / f"{name}.png")
    sheet(midline_pictures(args.data, network), args.out / "spider_midline_T1.png", columns=5)


if __name__ == "__main__":
    main()
