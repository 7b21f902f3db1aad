"""A fixed cut-off against a field-matched z-score: ``python benchmarks/field_strength.py``.

SIMULATION, not patients. Two clinics see the same people, one at 1.5 T and one at 3 T. Everyone has
a marrow fat fraction; whoever lies in the upper tenth for their age has poor bone, by
construction, at either clinic. Scores are those of the phantom's spin-echo physics
(`vbq.phantom.tissue`) with a measurement error, and a few people are drawn as images and measured
to show that pictures say the same. Fat fractions and relaxation times are assumed, so the figures
show that the shift between fields matters and that matching undoes it, not by how much in patients.
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
POOR = 1.2816  # z of the upper tenth: who has poor bone, and both cut-offs
ERRORS = (0.0, 0.05)  # SD of the measurement as a share of the score; 0.05 makes an ICC near 0.75
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Clinic:
    """What one clinic measures: ages, scores, and who truly has poor bone."""

    field: float
    ages: Floats
    scores: Floats
    poor: NDArray[np.bool_]


@dataclass(frozen=True)
class Verdict:
    """How one rule does: sensitivity and specificity."""

    sensitivity: float
    specificity: float


def simulate(people: int, error: float, seed: int) -> list[Clinic]:
    """The same kind of people at each clinic, drawn anew."""
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
    """VBQ of marrow of a fat fraction, by the phantom's physics, without noise."""
    settings = MriSettings(field_strength_t=field)
    empty, full = marrow_signal(0.0, settings), marrow_signal(1.0, settings)
    return (empty + fat * (full - empty)) / spin_echo(TISSUES["csf"], settings)


def judge(called: NDArray[np.bool_], clinic: Clinic) -> Verdict:
    """Of those with poor bone, how many are called; of the others, how many are not."""
    return Verdict(float(called[clinic.poor].mean()), float((~called[~clinic.poor]).mean()))


def compare_rules(people: int, error: float, seed: int) -> dict[float, dict[str, Verdict]]:
    """Each rule at each clinic, on people it was not made from.

    Cut-offs are the 90th percentile of the scores at 1.5 T, and at the clinic's own field. The
    z-scores come from norms by age that each clinic fitted to people of its own.
    """
    make, test = simulate(people, error, seed), simulate(people, error, seed + 1)
    cutoffs = {clinic.field: float(np.quantile(clinic.scores, 0.9)) for clinic in make}
    norm, _ = fit_site(
        [
            Person(float(score), float(age), "F", clinic.field)
            for clinic in make
            for score, age in zip(clinic.scores, clinic.ages, strict=True)
        ]
    )
    curves = {group.field_strength_t: group.curve for group in norm.groups}
    verdicts = {}
    for clinic in test:
        z = curves[clinic.field].z(clinic.scores, clinic.ages)
        verdicts[clinic.field] = {
            "cut-off of 1.5 T": judge(clinic.scores > cutoffs[1.5], clinic),
            "cut-off of its own field": judge(clinic.scores > cutoffs[clinic.field], clinic),
            "z of its own field, by age": judge(z > POOR, clinic),
        }
    return verdicts


def drawn(fat: float, field: float) -> tuple[float, float]:
    """One person as an image: the score measured on it and that of the physics."""
    from vbq.measure import measure_scan

    settings = MriSettings(field_strength_t=field, slices=1)
    phantom = make_phantom(marrow_fat=fat, acquisition=settings)
    scan = phantom.as_scan()
    anatomy = phantom.true_anatomy(scan)
    score = measure_scan(scan, anatomy).reading.score
    assert score is not None
    return score, float(score_of(np.array(fat), field))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="a clinic, to make and to test")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(f"SIMULATION: {args.people} people a clinic to make the rules, as many others to test.")
    for error in ERRORS:
        print(f"Measurement error {error:.0%} of the score:")
        for field, rules in compare_rules(args.people, error, args.seed).items():
            for rule, verdict in rules.items():
                print(
                    f"  {field:>3g} T  {rule:<27} sensitivity {verdict.sensitivity:.2f}"
                    f"  specificity {verdict.specificity:.2f}"
                )
    print("One person of fat fraction 0.40 and 0.60 as images (measured / by the physics):")
    for field in FIELDS:
        for fat in (0.4, 0.6):
            measured, true = drawn(fat, field)
            print(f"  {field:>3g} T  fat {fat:.2f}  VBQ {measured:.3f} / {true:.3f}")


if __name__ == "__main__":
    main()
