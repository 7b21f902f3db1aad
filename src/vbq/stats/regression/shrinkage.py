"""Uniform (heuristic) shrinkage of a regression model's coefficients.

Van Houwelingen JC, Le Cessie S. Stat Med 1990;9:1303-1325, doi 10.1002/sim.4780091109.
"""

from vbq.errors import RefusalError, UsageError


def uniform_shrinkage(likelihood_ratio: float, parameters: int) -> float:
    """Heuristic shrinkage factor (LR - df) / LR, by which the slopes are to be multiplied.

    The intercept is re-estimated after shrinkage of the slopes.

    Args:
        likelihood_ratio: LR, likelihood-ratio chi-squared of the model against that with the
            intercept alone.
        parameters: df, number of candidate parameters without the intercept, including those
            considered and dropped; at least 1.

    Returns:
        The factor, in (0, 1).

    Raises:
        UsageError: fewer than one parameter.
        RefusalError: LR does not exceed df, so that the factor is not positive.
    """
    if parameters < 1:
        raise UsageError(
            "A model without predictors cannot be shrunk.",
            remedy="Give the number of candidate parameters.",
        )
    if not likelihood_ratio > parameters:
        raise RefusalError(
            f"With a likelihood ratio of {likelihood_ratio:.2f} on {parameters} parameters, "
            "shrinkage would remove all predictive value.",
            remedy="Declare fewer candidate predictors, or collect more events.",
            code="nothing_left",
        )
    return (likelihood_ratio - parameters) / likelihood_ratio
