"""Physiological limits of variables that are recognised by their names.

They catch typing errors (a BMI of 230), not unusual patients; a ``range`` in the plan replaces
them. The limits are this program's own.
"""

import re

from vbq.study.plan.variable import Variable

Limits = tuple[float, float]

# pattern of a name or label, unit, lowest, highest; the first pattern that matches counts
KNOWN: tuple[tuple[str, str, float, float], ...] = (
    (r"age|alter|age_?(at_?)?(mri|years?|baseline)|years_old", "years", 18, 110),
    (r"bmi|body_mass_index", "kg/m²", 10, 80),
    (r"vbq|vbq_?score|readings\.score|s1_?vbq", "", 0.3, 10),
    (r"\w*t_?scores?(_\w+)?|dxa_?t|t_(hip|neck|spine|lumbar)", "SD", -8, 8),
    (r"\w*z_?scores?(_\w+)?|dxa_?z", "SD", -8, 8),
    (r"\w*bmd(_\w+)?", "g/cm²", 0.1, 2.5),
    (r"tbs", "", 0.5, 2.0),
    (r"\w*hounsfield(_\w+)?|hu|hu_\w+", "HU", -300, 1000),
    (r"height(_cm)?|groesse|größe", "cm", 80, 230),
    (r"weight(_kg)?|gewicht", "kg", 20, 350),
    (r"(vitamin_?d|25_?oh_?d?)\w*", "", 0, 500),
    (r"field_?strength\w*|readings\.field_strength_t|tesla", "T", 0.02, 12),
)


def limits_of(variable: Variable) -> tuple[Limits, str] | None:
    """Lowest and highest possible value, and their unit; None for an unrecognised variable."""
    for name in (variable.name, variable.column, variable.label):
        normalised = re.sub(r"[\s\-/()]+", "_", name.strip().lower()).strip("_")
        for pattern, unit, low, high in KNOWN:
            if re.fullmatch(pattern, normalised):
                return (low, high), unit
    return None
