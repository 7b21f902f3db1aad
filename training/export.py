"""Write the averaged weights as ONNX and check the file against torch.

python training/export.py --checkpoint work/run/last.pt \
    --out src/vbq/anatomy/builtin/weights/vertebra_unet.onnx
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from model import VertebraUNet
from sources import CLASSES

OPSET = 17
TOLERANCE = 1e-3


class Probabilities(nn.Module):
    """The network with its softmax, as VBQ sees it."""

    def __init__(self, network: VertebraUNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Probabilities (N,6,H,W) of images (N,1,H,W)."""
        return torch.softmax(self.network(image), 1)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    state = torch.load(args.checkpoint, map_location="cpu")
    network = VertebraUNet()
    network.load_state_dict(state["average"])
    model = Probabilities(network).eval()

    temporary = args.out.with_suffix(".tmp")
    axes = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        model,
        (torch.zeros(1, 1, 64, 64),),
        str(temporary),
        opset_version=OPSET,
        dynamo=False,
        input_names=["image"],
        output_names=["probabilities"],
        dynamic_axes={"image": axes, "probabilities": axes},
    )
    graph = onnx.load(temporary)
    onnx.helper.set_model_props(
        graph,
        {
            "classes": ",".join(CLASSES),
            "spacing_mm": "1.0",
            "rows": "superior to inferior",
            "columns": "anterior to posterior",
            "normalisation": "stack: 0.5..99.5 percentile of nonzero pixels to 0..1, clipped",
            "multiple_of": "32",
            "training_steps": str(state["step"]),
        },
    )
    onnx.checker.check_model(graph)
    onnx.save(graph, temporary)

    session = onnxruntime.InferenceSession(str(temporary))
    rng = np.random.default_rng(0)
    for shape in ((1, 1, 96, 64), (3, 1, 256, 224), (2, 1, 320, 352)):
        image = rng.random(shape, dtype=np.float32)
        with torch.no_grad():
            expected = model(torch.from_numpy(image)).numpy()
        (got,) = session.run(None, {"image": image})
        error = float(np.abs(got - expected).max())
        if error > TOLERANCE:
            raise SystemExit(f"ONNX and torch differ by {error:.2g} at {shape}")
    temporary.replace(args.out)
    data = args.out.read_bytes()
    print(f"{args.out.name}: {len(data) / 1e6:.1f} MB, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
