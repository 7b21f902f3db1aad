"""Field strengths as people name them: 1.5 T for the 1.494 T that a header gives."""

NOMINAL_T = (0.2, 0.35, 0.5, 1.0, 1.2, 1.5, 3.0, 7.0)
TOLERANCE = 0.05  # "3 T" scanners run at 2.89 T, "1.5 T" ones at 1.494 T


def same_field(first: float, second: float) -> bool:
    """Whether two field strengths in tesla have one nominal value: within 5 %."""
    return abs(first - second) <= TOLERANCE * max(first, second)


def nominal_field(field_strength_t: float) -> float:
    """1.5 for 1.494 and 3 for 2.89, so that one scanner is one group; tesla."""
    near = [nominal for nominal in NOMINAL_T if same_field(nominal, field_strength_t)]
    return near[0] if near else round(field_strength_t, 2)
