"""How long the built-in network takes beside a 3-D network of nnU-Net's size.

Both in one run, on 18 sagittal slices of 512×512 (0.6 mm, 4.4 mm apart). The built-in network does
not look at every slice; a 3-D network has to. It has the plan nnU-Net makes for such a stack
(Isensee et al., Nat Methods 2021): six stages of two convolutions, 32 to 320 channels, patches of
16×320×320 voxels, half overlapping. Its weights are random: time does not depend on them. Needs the
``onnx`` package to build it.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from vbq.anatomy.builtin.network import WEIGHTS

SIZE = (18, 512, 512)
PATCH = (16, 320, 320)
CHANNELS = (32, 64, 128, 256, 320, 320)
STRIDES = ((1, 1, 1), (1, 2, 2), (1, 2, 2), (2, 2, 2), (2, 2, 2), (1, 2, 2))
RUNS = 5
TIME_AIM_S, SIZE_AIM_MB = 1.0, 12
CLASSES = 9  # background, canal, T12 to L5, S1


def patches() -> int:
    """Forward passes that cover the stack with half-overlapping patches, without mirroring."""
    steps = (
        math.ceil((size - patch) / (patch / 2)) + 1 for size, patch in zip(SIZE, PATCH, strict=True)
    )
    return math.prod(steps)


def network() -> tuple[bytes, int]:
    """The 3-D network in ONNX, and its number of parameters."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weights: dict[str, Any] = {}
    nodes: list[Any] = []

    def add(kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{kind}{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def weight(*shape: int) -> str:
        name = f"w{len(weights)}"
        scale = math.sqrt(2 / math.prod(shape[1:])) if len(shape) > 1 else 1.0
        weights[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
        return name

    def block(x: str, before: int, after: int, stride: tuple[int, ...]) -> str:
        for channels, step in ((before, stride), (after, (1, 1, 1))):
            kernel = weight(after, channels, 3, 3, 3)
            x = add("Conv", [x, kernel, weight(after)], pads=[1] * 6, strides=list(step))
            x = add("InstanceNormalization", [x, weight(after), weight(after)])
            x = add("LeakyRelu", [x], alpha=0.01)
        return x

    x, before, skips = "image", 1, []
    for after, stride in zip(CHANNELS, STRIDES, strict=True):
        x = block(x, before, after, stride)
        skips.append(x)
        before = after
    for i in range(len(CHANNELS) - 1, 0, -1):
        after, stride = CHANNELS[i - 1], list(STRIDES[i])
        kernel = weight(before, after, *stride)
        up = add("ConvTranspose", [x, kernel, weight(after)], kernel_shape=stride, strides=stride)
        x = block(add("Concat", [up, skips[i - 1]], axis=1), 2 * after, after, (1, 1, 1))
        before = after
    add("Conv", [x, weight(CLASSES, before, 1, 1, 1), weight(CLASSES)])
    graph = helper.make_graph(
        nodes,
        "unet3d",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, *PATCH])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString(), sum(array.size for array in weights.values())


def seconds_of_3d(runs: int) -> tuple[list[float], int]:
    """Seconds of each forward pass on all cores this process may use; number of parameters."""
    import onnxruntime

    model, parameters = network()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    patch = np.random.default_rng(1).standard_normal((1, 1, *PATCH)).astype(np.float32)
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        session.run(None, {"image": patch})
        times.append(time.perf_counter() - start)
    return times[1:], parameters  # the first one also allocates


def seconds_of_builtin() -> tuple[list[float], int]:
    """Seconds of the built-in network on the whole stack, resampling included; slices looked at."""
    from vbq.anatomy.builtin.network import segment_tissues
    from vbq.phantom import MriSettings, make_phantom

    settings = MriSettings.t1(slices=SIZE[0], matrix=SIZE[1:], pixel_mm=0.6, sub_slices=1)
    scan = make_phantom(acquisition=settings, true_vbq=3.0).as_scan()
    times, looked_at = [], 0
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        looked_at = len(segment_tissues(scan).slices)
        times.append(time.perf_counter() - start)
    return times[1:], looked_at  # the first one also loads the network


def run() -> dict[str, object]:
    """Time both, print the table, return the figures."""
    print(f"TIME: {'×'.join(map(str, SIZE))} voxels, {os.cpu_count()} cores, {RUNS} runs")
    ours, looked_at = seconds_of_builtin()
    built_in, size = statistics.median(ours), len(WEIGHTS.read_bytes()) / 1e6
    print(
        f"  built-in network, whole stack   {built_in:8.2f} s ({min(ours):.2f}–{max(ours):.2f})   "
        f"aim ≤ {TIME_AIM_S} s: {'met' if built_in <= TIME_AIM_S else 'NOT met'}; looks at "
        f"{looked_at} of {SIZE[0]} slices"
    )
    print(f"  its file                        {size:8.1f} MB   aim ≤ {SIZE_AIM_MB} MB")
    result: dict[str, object] = {"seconds": ours, "slices_looked_at": looked_at, "megabytes": size}
    if find_spec("onnx") is None:
        print("  3-D network left out: it is built with onnx, which is not installed.\n")
        return result
    theirs, parameters = seconds_of_3d(RUNS)
    once = statistics.median(theirs)
    total = once * patches()
    print(
        f"  3-D network, one forward pass   {once:8.2f} s ({min(theirs):.2f}–{max(theirs):.2f}): "
        f"{parameters / 1e6:.1f} M parameters, patch {'×'.join(map(str, PATCH))}\n"
        f"  3-D network, whole stack        {total:8.2f} s: {patches()} forward passes\n"
        f"  ratio, for the stack            {total / built_in:8.1f}\n"
        f"  ratio, for a slice looked at    {total / SIZE[0] / (built_in / looked_at):8.1f}\n"
    )
    return result | {"seconds_3d": theirs, "passes_3d": patches()}
