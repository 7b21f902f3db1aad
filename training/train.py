"""Train the network; resumes from `--out` by itself.

python training/train.py --work work --out work/run --steps 4000
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import time
from pathlib import Path

import numpy as np
import torch

from augment import Samples
from model import VertebraUNet, partial_label_loss
from prepare import unpack

PEAK_RATE = 2e-3
FLOOR = 0.02
WARM_UP = 100


def rate(step: int, steps: int, peak: float) -> float:
    """Linear warm-up, then a cosine down to a small floor."""
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    return peak * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * step / steps)))


@torch.no_grad()
def follow(average: VertebraUNet, model: VertebraUNet, step: int) -> None:
    """Exponential moving average of the weights; short at first, so that it catches up."""
    decay = min(0.997, (1 + step) / (10 + step))
    for a, m in zip(average.parameters(), model.parameters(), strict=True):
        a.lerp_(m, 1 - decay)


def save(path: Path, state: dict) -> None:
    """Write under a temporary name, then rename: a killed run leaves the last checkpoint intact."""
    torch.save(state, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="what prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--peak", type=float, default=PEAK_RATE)
    parser.add_argument("--init", type=Path, help="start from the weights of this checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "last.pt"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = VertebraUNet().to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.peak, weight_decay=1e-2)
    average, start = copy.deepcopy(model), 0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        start = state["step"]
        if start > args.steps:
            parser.error(f"{checkpoint} has {start} steps already, more than --steps {args.steps}")
    elif args.init:
        state = torch.load(args.init, map_location=device)
        model.load_state_dict(state["average"])
        average.load_state_dict(state["average"])

    samples = Samples(
        unpack(args.work / "train.npz"),
        unpack(args.work / "phantoms.npz"),
        args.batch,
        args.steps - start,
        args.seed,
        start,
    )
    loader = torch.utils.data.DataLoader(
        samples,
        batch_size=args.batch,
        num_workers=args.workers,
        prefetch_factor=4,
        pin_memory=device.type == "cuda",
    )
    losses, began = [], time.time()
    for step, (image, target) in enumerate(loader, start):
        for group in optimiser.param_groups:
            group["lr"] = rate(step, args.steps, args.peak)
        logits = model(image.to(device, memory_format=torch.channels_last))
        loss = partial_label_loss(logits, target.to(device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        follow(average, model, step)
        losses.append(loss.item())
        if (step + 1) % 50 == 0 or step + 1 == args.steps:
            print(
                f"step {step + 1} loss {np.mean(losses[-50:]):.4f} "
                f"{(time.time() - began) / len(losses):.2f} s/step",
                flush=True,
            )
            save(
                checkpoint,
                {
                    "model": model.state_dict(),
                    "average": average.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step + 1,
                },
            )


if __name__ == "__main__":
    main()
