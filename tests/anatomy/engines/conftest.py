"""Phantoms whose vertebrae have arches, and stand-ins that write what each engine documents."""

import json
import os
import stat
import sys
from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.levels import CANAL, CORD, SACRUM
from vbq.phantom import MriSettings, make_phantom

SETTINGS = MriSettings(
    slices=9, matrix=(176, 176), pixel_mm=1.6, sub_slices=1, rotation_deg=(4.0, 3.0, -5.0)
)
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
ARCH = {  # left-right, from the posterior wall backwards, up; mm in the frame of a vertebra
    "pedicles": ((9, 16), (-1, 13), (-2, 11)),
    "laminae": ((0, 16), (19, 25), (-12, 8)),
    "spinous process": ((0, 3.5), (22, 50), (-16, 5)),
    "transverse processes": ((14, 38), (7, 15), (-3, 8)),
}


@pytest.fixture(autouse=True)
def needs_posix():
    """Stand-ins are scripts with the path of their interpreter in the first line."""
    if os.name != "posix":
        pytest.skip("stand-ins are POSIX scripts")


def whole_vertebrae(phantom):
    """The true labels with posterior elements, and the sacrum whole."""
    labels = phantom.labels.copy()
    to_index = np.linalg.inv(phantom.affine)
    for vertebra in phantom.spine.vertebrae:
        level = min(vertebra.level, SACRUM)
        if not (phantom.labels == level).any():
            continue
        middle = (to_index @ [*vertebra.centre, 1])[:3]
        box = tuple(
            slice(max(0, int(m - 70 / step)), int(m + 70 / step))
            for m, step in zip(middle, np.linalg.norm(phantom.affine[:3, :3], axis=0), strict=True)
        )
        part = labels[box]
        grid = np.moveaxis(np.indices(part.shape), 0, -1) + [side.start for side in box]
        mm = grid @ phantom.affine[:3, :3].T + phantom.affine[:3, 3] - vertebra.centre
        u, v, w = np.moveaxis(mm @ vertebra.axes.T, -1, 0)
        u = np.abs(u)
        behind = v - vertebra.depth / 2
        shapes = [
            (u >= u0) & (u <= u1) & (behind >= v0) & (behind <= v1) & (w >= w0) & (w <= w1)
            for (u0, u1), (v0, v1), (w0, w1) in ARCH.values()
        ]
        if vertebra.level > SACRUM:  # S2–S5, which the phantom does not label
            half = [side / 2 for side in (vertebra.width, vertebra.depth, vertebra.height + 4)]
            shapes = [(u <= half[0]) & (np.abs(v) <= half[1]) & (np.abs(w) <= half[2])]
        for shape in shapes:
            part[shape & (part == 0)] = level
    return labels


@pytest.fixture(scope="session")
def phantom():
    return make_phantom(true_vbq=3.1, acquisition=SETTINGS)


@pytest.fixture(scope="session")
def with_arches(phantom):
    return whole_vertebrae(phantom)


@pytest.fixture(scope="session")
def scan(phantom):
    return phantom.as_scan()


def renamed(labels, table):
    """A label map in the numbers of an engine; what it has no number for is left out."""
    lookup = np.zeros(256, np.uint16)
    for ours, theirs in table.items():
        lookup[ours] = theirs
    return lookup[labels]


def save(array, affine, path, *, reorientation=None, dtype=np.uint16):
    """Write a label map, its axes permuted and flipped if asked for; returns the path."""
    image = nib.Nifti1Image(np.asarray(array, dtype), LPS_TO_RAS @ affine)
    if reorientation is not None:
        image = image.as_reoriented(np.asarray(reorientation))
    nib.save(image, path)
    return path


TOTALSPINESEG = {
    CORD: 1,
    CANAL: 2,
    SACRUM: 50,
    **{7 + t: 20 + t for t in range(1, 13)},
    **{19 + n: 40 + n for n in range(1, 7)},
    **{107 + t: 70 + t + 1 for t in range(1, 12)},
    119: 91,
    **{119 + n: 91 + n for n in range(1, 5)},
    124: 100,
}
TOTALSEGMENTATOR = {SACRUM: 1, **{24 - i: 2 + i for i in range(17)}}


@pytest.fixture(scope="session")
def answers():
    """Writing label maps in the numbers of the engines, as their documentation has them."""
    return SimpleNamespace(
        renamed=renamed, save=save, totalspineseg=TOTALSPINESEG, totalsegmentator=TOTALSEGMENTATOR
    )


PARSERS = {
    "totalspineseg": """
parser.add_argument("input"); parser.add_argument("output")
parser.add_argument("--device", choices=["cuda", "cpu"])
parser.add_argument("--max-workers", type=int)
parser.add_argument("--no-stalling", action="store_true")
parser.add_argument("--keep-only", nargs="+")
args = parser.parse_args()
assert args.keep_only == ["step2_output"], args
image, names = args.input, ["step2_output/" + os.path.basename(args.input)]
output = args.output
""",
    "spineps": """
assert sys.argv.pop(1) == "sample"
for short in ("i", "ms", "mv", "ml", "dn"): parser.add_argument("-" + short, required=True)
for flag in ("-iic", CPU): parser.add_argument(flag, action="store_true", required=True)
args = parser.parse_args()
assert (args.ms, args.mv, args.ml) == ("t1w", "instance", "none"), args
stem = os.path.basename(args.i).removesuffix("_T1w.nii.gz")
image, output = args.i, os.path.join(os.path.dirname(args.i), args.dn)
names = [stem + "_mod-T1w_seg-" + part + "_msk.nii.gz" for part in ("spine", "vert")]
""",
    "TotalSegmentator": """
parser.add_argument("-i", required=True); parser.add_argument("-o", required=True)
parser.add_argument("-ta", required=True); parser.add_argument("--ml", action="store_true")
parser.add_argument("-d")
args = parser.parse_args()
assert (args.ta, args.ml, args.d) == ("vertebrae_mr", True, "cpu"), args
config = os.path.join(os.environ["TOTALSEG_HOME_DIR"], "config.json")
seen["config"] = json.load(open(config))
json.dump(seen["config"] | {"prediction_counter": 99}, open(config, "w"))
image, output, names = args.i, os.path.dirname(args.o), [os.path.basename(args.o)]
""",
    "nnUNetv2_predict_from_modelfolder": """
for short in ("i", "o", "m", "f", "chk", "device", "npp", "nps"): parser.add_argument("-" + short)
parser.add_argument("--disable_tta", action="store_true")
args = parser.parse_args()
(file,) = os.listdir(args.i)
image, output, names = os.path.join(args.i, file), args.o, [file.replace("_0000", "")]
seen["fold"], seen["checkpoint"] = args.f, args.chk
""",
}
STAND_IN = """#!{python} -S
import argparse, json, os, shutil, sys, time
plan = json.load(open({plan!r}))
CPU = plan["cpu"]
seen = {{"argv": sys.argv[1:], "tmp": os.environ["TMPDIR"], "cwd": os.getcwd()}}
seen["passed"] = os.environ.get("PASSED_ON")
parser = argparse.ArgumentParser(allow_abbrev=False)
{parse}
seen["mode"] = os.stat(seen["tmp"]).st_mode & 0o777
seen["image"] = {seen_image!r}
shutil.copy(image, seen["image"])
json.dump(seen, open({seen!r}, "w"))
print(plan["says"].replace("TMP", seen["tmp"]), file=sys.stderr, flush=True)
if plan["sleeps"]:
    child = os.fork()
    time.sleep(plan["sleeps"])
for name, answer in zip(names, plan["answers"]):
    target = os.path.join(output, name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(answer, target)
sys.exit(plan["code"])
"""


class StandIn:
    """A command on the PATH that behaves as an engine documents."""

    def __init__(self, home, engine, *, version=None):
        self.home = home
        self._plan = home / "plan.json"
        self._seen = home / "seen.json"
        path = home / "bin" / engine.executable
        path.parent.mkdir(parents=True)
        text = STAND_IN.format(
            python=sys.executable,
            plan=str(self._plan),
            seen=str(self._seen),
            seen_image=str(home / "seen.nii.gz"),
            parse=PARSERS[engine.executable],
        )
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.packages = home / "lib" / "python3.12" / "site-packages"
        self.packages.mkdir(parents=True)
        if version is not None:
            (self.packages / f"{engine.distribution}-{version}.dist-info").mkdir()
        self.plan()

    def plan(self, *answers, code=0, says="", sleeps=0, cpu="--cpu"):
        content = {"answers": [str(a) for a in answers], "code": code, "says": says}
        self._plan.write_text(json.dumps(content | {"sleeps": sleeps, "cpu": cpu}))

    @property
    def seen(self):
        return json.loads(self._seen.read_text())


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Makes a stand-in for an engine, with weights where that engine looks for them."""

    def make(engine: type[ExternalSegmenter], version="", weights=()):
        command = StandIn(tmp_path / "env", engine, version=version or engine.oldest_version)
        monkeypatch.setenv("PATH", f"{command.home / 'bin'}{os.pathsep}{os.environ['PATH']}")
        for variable in engine.weights_variables:
            monkeypatch.delenv(variable, raising=False)
        folder = tmp_path / "weights"
        for name in weights:
            (folder / name).mkdir(parents=True)
        if engine.weights_variables:
            monkeypatch.setenv(engine.weights_variables[-1], str(folder))
            folder.mkdir(exist_ok=True)
        return command

    return make


@pytest.fixture
def model(tmp_path):
    """Makes an nnU-Net model folder and its label table; returns that file."""

    def make(*, labels=None, table_names=None, weights=True, **dataset):
        folder = tmp_path / "model"
        (folder / "fold_0").mkdir(parents=True)
        if weights:
            (folder / "fold_0" / "checkpoint_final.pth").write_bytes(b"weights")
        names = {"background": 0, "canal": 1, "sacrum": 8}
        names |= {f"vertebra_L{7 - n}": n for n in range(2, 7)} | {"vertebra_T12": 7}
        content = {
            "labels": labels or names,
            "channel_names": {"0": "T1"},
            "file_ending": ".nii.gz",
        }
        (folder / "dataset.json").write_text(json.dumps(content | dataset))
        meant = {1: "canal", 8: "S1", 7: "T12", **{n: f"L{7 - n}" for n in range(2, 7)}}
        lines = ['model = "model"', 'vertebrae = "bodies"', 'numbering = "names"', "[labels]"]
        lines += [f'{number} = "{word}"' for number, word in (table_names or meant).items()]
        path = tmp_path / "mine.toml"
        path.write_text("\n".join(lines))
        return path

    return make
