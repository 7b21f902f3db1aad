"""Making, scanning and reading each digital spine, with its true masks and by the network."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy import Anatomy, find_anatomy
from vbq.anatomy.levels import CANAL, LEVEL_NUMBERS, SCORED_LEVELS
from vbq.errors import VBQError
from vbq.finding import refusals_in
from vbq.measure import Reading, measure_scan
from vbq.measure.protocol import SHADING_CORRECTED
from vbq.phantom import Phantom, make_phantom
from vbq.phantom.painting.render import add_noise, coil_sensitivity
from vbq.phantom.tissue import TISSUES
from vbq.scan import Scan
from vbq.stats.checks import NORMAL_95
from vbq.validation.csf_contamination import CSF_CONTAMINANTS, contaminate_csf
from vbq.validation.grid import DigitalSpine, ScanCondition

Method = Literal["true masks", "network"]
METHODS: tuple[Method, ...] = ("true masks", "network")
WORKERS = 2  # one phantom is made while the network reads another


@dataclass(frozen=True)
class Outcome:
    """One reading of one scan of one digital spine.

    Attributes:
        spine, condition: The digital spine and the condition it was scanned under.
        method: Source of the anatomy.
        status: Status of the reading: ``ok``, ``caution`` or ``refused``.
        score, low, high: The score and its 95 % interval; ``None`` where it was refused.
        corrected: The score corrected for coil shading.
        corrected_low, corrected_high: 95 % interval of the corrected score, which includes the
            uncertainty of the correction; ``None`` without the flag ``coil_shading``.
        floor_factor: Factor by which the CSF signal was reduced for the noise floor.
        naive: Score that the mean of the whole true sac behind L3 would give; set only where the
            sac was filled with CSF alone.
        flags: Codes of the flags; for a refused scan, only those that refuse it.
    """

    spine: DigitalSpine
    condition: ScanCondition
    method: Method
    status: str
    score: float | None = None
    low: float | None = None
    high: float | None = None
    corrected: float | None = None
    corrected_low: float | None = None
    corrected_high: float | None = None
    floor_factor: float | None = None
    naive: float | None = None
    flags: tuple[str, ...] = ()

    @property
    def error(self) -> float:
        """Score minus truth; NaN where there is no score."""
        return np.nan if self.score is None else self.score - self.spine.true_vbq


def read_spines(spines: Sequence[DigitalSpine]) -> Iterator[list[Outcome]]:
    """Read digital spines in parallel; yields the outcomes of each in the order given."""
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            yield from pool.map(read_spine, spines)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def read_spine(spine: DigitalSpine) -> list[Outcome]:
    """Make a digital spine and read its scan under each condition by both methods."""
    tissues = {"root": TISSUES["csf"]} if spine.clear_sac else None
    phantom = make_phantom(
        shape=spine.shape,
        acquisition=spine.settings,
        true_vbq=spine.true_vbq,
        marrow_texture=spine.texture,
        tissues=tissues,
        seed=spine.seed,
    )
    outcomes = []
    for condition in spine.conditions:
        scan = replace(phantom.as_scan(), voxels=_scan(phantom, condition))
        outcomes += [_read(spine, condition, phantom, scan, method) for method in METHODS]
    return outcomes


def _scan(phantom: Phantom, condition: ScanCondition) -> NDArray[np.float32]:
    """The phantom's voxels with the contamination, coil shading and noise of a condition."""
    voxels = phantom.voxels
    if condition.csf_contamination:
        voxels = contaminate_csf(phantom, CSF_CONTAMINANTS[condition.csf_contamination])
    if condition.shading != 1:
        shaded = replace(phantom.settings, coil_shading=condition.shading)
        voxels = voxels * coil_sensitivity(phantom.spine, shaded, phantom.affine)
    if condition.snr is None:
        return voxels
    truth = phantom.truth
    marrow = [
        signal for name, signal in truth.marrow.items() if LEVEL_NUMBERS[name] in SCORED_LEVELS
    ]
    signal = truth.csf if condition.snr_tissue == "csf" else float(np.mean(marrow))
    return add_noise(
        voxels, signal / condition.snr, np.random.default_rng([phantom.seed, 5, condition.repeat])
    )


def _read(
    spine: DigitalSpine, condition: ScanCondition, phantom: Phantom, scan: Scan, method: Method
) -> Outcome:
    try:
        anatomy = phantom.true_anatomy(scan) if method == "true masks" else find_anatomy(scan)
        reading = measure_scan(scan, anatomy).reading
    except VBQError as error:
        return Outcome(spine, condition, method, "refused", flags=(error.code,))
    codes = tuple(sorted({flag.code for flag in reading.flags}))
    if reading.score is None or reading.interval is None or reading.csf is None:
        reasons = {flag.code for flag in refusals_in(reading.flags)}
        return Outcome(spine, condition, method, reading.status, flags=tuple(sorted(reasons)))
    corrected_low, corrected_high = _corrected_interval(reading)
    return Outcome(
        spine,
        condition,
        method,
        reading.status,
        score=reading.score,
        low=reading.interval[0],
        high=reading.interval[1],
        corrected=reading.variants.get(SHADING_CORRECTED),
        corrected_low=corrected_low,
        corrected_high=corrected_high,
        floor_factor=reading.csf.floor_factor,
        naive=_naive(reading, scan, phantom, anatomy) if spine.clear_sac else None,
        flags=codes,
    )


def _corrected_interval(reading: Reading) -> tuple[float | None, float | None]:
    """95 % interval of the corrected score, or two ``None`` without the ``coil_shading`` flag.

    The relative SD of the score and that of the correction, which the flag gives, are added in
    quadrature; the interval is symmetric on the log scale.
    """
    flag = next((flag for flag in reading.flags if flag.code == "coil_shading"), None)
    if flag is None or reading.uncertainty is None or reading.score is None:
        return None, None
    corrected, sd = (cast("float", flag.evidence[key]) for key in ("corrected", "corrected_sd"))
    factor = float(
        np.exp(NORMAL_95 * np.hypot(sd / corrected, reading.uncertainty.sd / reading.score))
    )
    return corrected / factor, corrected * factor


def _naive(reading: Reading, scan: Scan, phantom: Phantom, anatomy: Anatomy) -> float | None:
    """Score with the mean of the whole true sac behind L3 as the CSF signal."""
    index = anatomy.midsagittal_slice
    labels = phantom.labels[index]
    rows = (labels == LEVEL_NUMBERS["L3"]).any(axis=1)
    sac = (labels == CANAL) & rows[:, None]
    if reading.score is None or reading.csf is None or not sac.any():
        return None
    return reading.score * reading.csf.signal / float(scan.voxels[index][sac].mean())
