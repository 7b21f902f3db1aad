"""The results of a validation: a folder that is written completely or not at all."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from vbq._version import __version__
from vbq.anatomy.builtin.network import weights_sha256
from vbq.files import write_folder
from vbq.report.page import page_bytes
from vbq.report.validation.figures import FIGURES, draw
from vbq.tables.csv_write import csv_bytes
from vbq.validation.claim import Claim, claim_texts
from vbq.validation.outcomes import METHODS, Outcome

SCHEMA = "vbq-validation-1"
KEYS = {"program_limit": "own"}  # fields of a claim under another name in the file
CAPTIONS = {
    "linearity": "Bias and linearity: error of the score across the core grid.",
    "repeatability": "Repeatability: repeated scans of six spines at SNR 25, about their means.",
    "robustness": "Robustness: one factor varied at a time; the band is the limit for the mean.",
    "uncertainty": "Uncertainty: error against the half-width of each reading's 95 % interval.",
    "csf": "CSF contamination: fat and nerve roots painted into the thecal sac.",
    "noise_floor": "Noise floor: scans with an SNR of 3 in CSF.",
    "shading": "Coil shading: the score uncorrected and corrected; the band is ± 0.15.",
}


def write_validation(
    folder: Path, outcomes: Sequence[Outcome], claims: Sequence[Claim], *, seed: int
) -> dict[str, Path]:
    """Write ``validation.html`` and ``.json``, ``phantoms.csv``, and the figures as SVG and PNG.

    In an existing folder, files of an earlier run are replaced; other files are left alone.

    Args:
        folder: Folder for the results; created if missing.
        outcomes: The outcomes of the whole grid.
        claims: The claims assessed with them.
        seed: Seed of the grid.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; its earlier content is unchanged.
    """
    images = {name: draw(name, outcomes) for name in FIGURES}
    contents = {
        f"figures/{name}.{kind}": content
        for name, formats in images.items()
        for kind, content in formats.items()
    }
    contents |= {
        "validation.html": _page(outcomes, claims, images, seed),
        "validation.json": _document(outcomes, claims, seed),
        "phantoms.csv": _table(outcomes),
    }
    return write_folder(folder, contents)


def refusals(outcomes: Sequence[Outcome]) -> list[str]:
    """Lines that count the scans without a score, by part of the grid, method and reason."""
    true_scores: dict[tuple[str, str, str], list[float]] = {}
    for o in outcomes:
        if o.score is None:
            key = (o.spine.part, " ".join(o.flags), o.method)
            true_scores.setdefault(key, []).append(o.spine.true_vbq)
    return [
        f"{part}, {method}: {len(scores)} ({codes}), true score "
        + ", ".join(f"{score:.3g}" for score in sorted(set(scores)))
        for (part, codes, method), scores in true_scores.items()
    ]


def _page(
    outcomes: Sequence[Outcome],
    claims: Sequence[Claim],
    images: dict[str, dict[str, bytes]],
    seed: int,
) -> bytes:
    texts = [(claim, *claim_texts(claim)) for claim in claims]
    topics = dict.fromkeys(claim.topic for claim in claims)
    return page_bytes(
        "validation/validation.html.j2",
        topics=[(topic, [row for row in texts if row[0].topic == topic]) for topic in topics],
        met=sum(claim.met for claim in claims),
        claims=len(claims),
        missed=[row for row in texts if not row[0].met],
        scans=len(outcomes) // len(METHODS),
        spines=len({(o.spine.part, o.spine) for o in outcomes}),
        refusals=refusals(outcomes),
        images=[(CAPTIONS[name], formats["svg"]) for name, formats in images.items()],
        seed=seed,
        model=weights_sha256(),
    )


def _document(outcomes: Sequence[Outcome], claims: Sequence[Claim], seed: int) -> bytes:
    document = {
        "schema": SCHEMA,
        "software": {"name": "vbq", "version": __version__},
        "model_sha256": weights_sha256(),
        "seed": seed,
        "scans": len(outcomes) // len(METHODS),
        "all_met": all(claim.met for claim in claims),
        "claims": [_claim_entry(claim) for claim in claims],
        "refusals": refusals(outcomes),
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _claim_entry(claim: Claim) -> dict[str, object]:
    """A claim by JSON key; a figure that cannot be computed becomes null, as JSON has no NaN."""
    entry = {KEYS.get(name, name): value for name, value in asdict(claim).items()}
    entry["value"] = claim.value if math.isfinite(claim.value) else None
    return entry | {"met": claim.met}


def _table(outcomes: Sequence[Outcome]) -> bytes:
    """One row for each reading: phantom, scan settings and results."""
    rows = [_row(outcome) for outcome in outcomes]
    return csv_bytes(rows[0], (row.values() for row in rows))


def _row(outcome: Outcome) -> dict[str, object]:
    spine, condition, settings = outcome.spine, outcome.condition, outcome.spine.settings
    return {
        "part": spine.part,
        "factor": condition.factor,
        "setting": condition.setting,
        "method": outcome.method,
        "seed": spine.seed,
        "repeat": condition.repeat,
        "true_vbq": spine.true_vbq,
        "field_t": settings.field_strength_t,
        "snr": condition.snr,
        "snr_of": "" if condition.snr is None else condition.snr_tissue,
        "shading": condition.shading,
        "soil": condition.csf_contamination,
        "texture": spine.texture,
        "offset_mm": settings.offset_mm[0],
        "rotation_deg": " ".join(f"{angle:g}" for angle in settings.rotation_deg),
        "thickness_mm": settings.slice_thickness_mm,
        "field_of_view_mm": settings.pixel_mm * settings.matrix[0],
        "status": outcome.status,
        "score": outcome.score,
        "low": outcome.low,
        "high": outcome.high,
        "corrected": outcome.corrected,
        "corrected_low": outcome.corrected_low,
        "corrected_high": outcome.corrected_high,
        "floor_factor": outcome.floor_factor,
        "naive": outcome.naive,
        "flags": " ".join(outcome.flags),
    }
