"""The study plan of a simulated cohort, in YAML as a researcher would write it."""

from collections.abc import Iterable

COHORT_FILE, CONTROLS_FILE, PLAN_FILE = "cohort.csv", "controls.csv", "plan.yaml"
PREDICTORS = {
    "prior_fx": "{name: prior_fx, label: Prior fragility fracture, type: binary}",
    "vbq": "{name: vbq, label: VBQ, type: continuous}",
    "bmi": "{name: bmi, label: BMI, type: continuous, unit: kg/m²}",
    "gc": "{name: gc, label: Chronic glucocorticoids, type: binary}",
    "dxa_t": "{name: dxa_t, label: DXA T-score, type: continuous}",
    "age": "{name: age, label: Age, type: continuous, unit: years, per: 10}",
    "treated": "{name: treated, label: Osteoporosis treatment, type: binary}",
    "field_strength": "{name: field_strength, label: Field strength (T), type: binary}",
}
AUXILIARY_AGE = "{name: age, label: Age, type: continuous, unit: years}"


def plan_yaml(
    title: str,
    *,
    predictors: Iterable[str],
    scanners: bool = False,
    controls: bool = False,
    icc: float | None = None,
) -> str:
    """Write a study plan in YAML.

    Args:
        title: Title of the study.
        predictors: Names, keys of ``PREDICTORS``.
        scanners: Whether the table has the columns scanner and field strength.
        controls: Whether there is a table of controls; the comparison is adjusted for age.
        icc: Reliability of the VBQ measurement; ``None`` without measurement error.
    """
    predictors = list(predictors)
    lines = [
        "# Simulated patients. No line of this study says anything about real ones.",
        f"title: '{title}'",
        f"data: {{file: {COHORT_FILE}, id: id}}",
        "outcome: {column: fracture, label: New fragility fracture}",
        "predictors:",
        *(f"  - {PREDICTORS[name]}" for name in predictors),
        "index: vbq",
        "comparators: [dxa_t]",
        "missing:",
        "  strategy: impute",
    ]
    if "age" not in predictors:
        lines.append(f"  auxiliary: [{AUXILIARY_AGE}]")
    if scanners:
        lines.append("scanner: {scanner: scanner, field_strength: field_strength}")
    if controls:
        lines.append(f"controls: {{file: {CONTROLS_FILE}, adjust: [age]}}")
    if icc is not None:
        lines.append(f"measurement_error: {{icc: {icc:.12g}, source: by construction}}")
    return "\n".join(lines) + "\n"
