"""Uniform (heuristic) shrinkage of a regression model's coefficients.

Van Houwelingen JC, Le Cessie S. Stat Med 1990;9:1303-1325, doi 10.1002/sim.4780091109.
"""

from __future__ import annotations

from vbq.errors import RefusalError, UsageError

__all__ = ["uniform_shrinkage"]


def uniform_shrinkage(likelihood_ratio: float, parameters: int) -> float:
    """The factor, below 1, by which the slopes are expected to be too large for new patients.

    (LR - df) / LR. The intercept is re-estimated afterwards.

    Args:
        likelihood_ratio: LR, the chi-squared of the model against that with the intercept alone.
        parameters: df, all candidate parameters, those tried and dropped included, without the
            intercept; at least 1.

    Raises:
        UsageError: fewer than one parameter.
        RefusalError: LR does not exceed df, so that no slope is left after shrinkage.
    """
    if parameters < 1:
        raise UsageError("A model without predictors is not shrunk.", remedy="Count candidates.")
    if not likelihood_ratio > parameters:
        raise RefusalError(
            f"A likelihood ratio of {likelihood_ratio:.2f} on {parameters} parameters leaves "
            "nothing to predict with.",
            remedy="Declare fewer candidate predictors, or collect more events.",
            code="nothing_left",
        )
    return (likelihood_ratio - parameters) / likelihood_ratio
