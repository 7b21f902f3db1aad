"""A fixed cut-off against a field-matched z-score: ``python benchmarks/field_strength.py``.

All data are simulated. Two clinics, one at 1.5 T and one at 3 T, see samples of the same
population. People whose marrow fat fraction lies in the upper tenth for their age have poor bone by
construction. Scores follow the phantom's spin-echo physics (`vbq.phantom.tissue`) with a
measurement error; a few people are also simulated as images and measured, to confirm the physics.
Fat fractions and relaxation times are assumed, so the results show that the shift between field
strengths matters and that matching removes it, but not its size in patients.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.phantom import MriSettings, make_phantom
from vbq.phantom.tissue import TISSUES, marrow_signal, spin_echo
from vbq.reference import fit_site
from vbq.reference.people import Person

FIELDS = (1.5, 3.0)
POOR = 1.2816  # z of the upper tenth: defines poor bone and both cut-offs
ERRORS = (0.0, 0.05)  # SD of the measurement as a share of the score; 0.05 gives an ICC near 0.75
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Clinic:
    """Data of one clinic: ages, scores and true poor bone, each of shape (n,)."""

    field: float
    ages: Floats
    scores: Floats
    poor: NDArray[np.bool_]


@dataclass(frozen=True)
class Verdict:
    """Diagnostic accuracy of one rule."""

    sensitivity: float
    specificity: float


def simulate(people: int, error: float, seed: int) -> list[Clinic]:
    """Simulate an independent sample of the population at each clinic."""
    clinics = []
    for number, field in enumerate(FIELDS):
        rng = np.random.default_rng([seed, number])
        ages = rng.uniform(20, 80, people)
        excess = rng.standard_normal(people)
        fat = np.clip(0.40 + 0.04 * (ages - 50) / 10 + 0.10 * excess, 0.02, 0.95)
        scores = score_of(fat, field) * np.exp(error * rng.standard_normal(people))
        clinics.append(Clinic(field, ages, scores, excess > POOR))
    return clinics


def score_of(fat: Floats, field: float) -> Floats:
    """VBQ by marrow fat fraction (0..1) from the phantom's physics, without noise."""
    settings = MriSettings(field_strength_t=field)
    water, fat_signal = marrow_signal(0.0, settings), marrow_signal(1.0, settings)
    return (water + fat * (fat_signal - water)) / spin_echo(TISSUES["csf"], settings)


def accuracy(positive: NDArray[np.bool_], clinic: Clinic) -> Verdict:
    """Sensitivity and specificity of positive calls for poor bone."""
    return Verdict(float(positive[clinic.poor].mean()), float((~positive[~clinic.poor]).mean()))


def compare_rules(people: int, error: float, seed: int) -> dict[float, dict[str, Verdict]]:
    """Accuracy of each rule at each clinic, in people it was not derived from.

    Cut-offs are the 90th percentile of the scores at 1.5 T and at the clinic's own field strength.
    z-scores come from age-specific norms that each clinic fitted to its own data.
    """
    derivation, test = (simulate(people, error, s) for s in (seed, seed + 1))
    cutoffs = {clinic.field: float(np.quantile(clinic.scores, 0.9)) for clinic in derivation}
    norm, _ = fit_site(
        [
            Person(float(score), float(age), "F", clinic.field)
            for clinic in derivation
            for score, age in zip(clinic.scores, clinic.ages, strict=True)
        ]
    )
    curves = {group.field_strength_t: group.curve for group in norm.groups}
    verdicts = {}
    for clinic in test:
        z = curves[clinic.field].z(clinic.scores, clinic.ages)
        verdicts[clinic.field] = {
            "cut-off of 1.5 T": accuracy(clinic.scores > cutoffs[1.5], clinic),
            "cut-off of its own field": accuracy(clinic.scores > cutoffs[clinic.field], clinic),
            "z of its own field, by age": accuracy(z > POOR, clinic),
        }
    return verdicts


def image_score(fat: float, field: float) -> tuple[float, float]:
    """Score measured in an image of one person, and the score from the physics."""
    from vbq.measure import measure_scan

    settings = MriSettings(field_strength_t=field, slices=1)
    phantom = make_phantom(marrow_fat=fat, acquisition=settings)
    scan = phantom.as_scan()
    anatomy = phantom.true_anatomy(scan)
    score = measure_scan(scan, anatomy).reading.score
    assert score is not None
    return score, float(score_of(np.array(fat), field))


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--people", type=int, default=2000, help="people per clinic, in each of the two samples"
    )
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(f"SIMULATION: {args.people} people per clinic to derive the rules, as many to test them.")
    for error in ERRORS:
        print(f"Measurement error {error:.0%} of the score:")
        for field, rules in compare_rules(args.people, error, args.seed).items():
            for rule, verdict in rules.items():
                print(
                    f"  {field:>3g} T  {rule:<27} sensitivity {verdict.sensitivity:.2f}"
                    f"  specificity {verdict.specificity:.2f}"
                )
    print("Images of people with fat fractions 0.40 and 0.60 (measured / from the physics):")
    for field in FIELDS:
        for fat in (0.4, 0.6):
            measured, true = image_score(fat, field)
            print(f"  {field:>3g} T  fat {fat:.2f}  VBQ {measured:.3f} / {true:.3f}")


if __name__ == "__main__":
    main()
