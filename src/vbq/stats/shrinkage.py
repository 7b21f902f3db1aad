"""Uniform (heuristic) shrinkage of a regression model's coefficients.

Van Houwelingen JC, Le Cessie S. Stat Med 1990;9:1303-1325, doi 10.1002/sim.4780091109.
"""

from __future__ import annotations

from vbq.errors import RefusalError, UsageError

__all__ = ["uniform_shrinkage"]


def uniform_shrinkage(log_likelihood: float, null_log_likelihood: float, parameters: int) -> float:
    """The factor, below 1, by which the slopes are expected to be too large for new patients.

    (LR - df) / LR, with LR the model's likelihood-ratio chi-square and df all candidate
    parameters, those tried and dropped included. The intercept is re-estimated afterwards.

    Args:
        log_likelihood: Of the model.
        null_log_likelihood: Of the model with the intercept alone.
        parameters: df, without the intercept; at least 1.

    Raises:
        UsageError: fewer than one parameter.
        RefusalError: LR does not exceed df, so that no slope is left after shrinkage.
    """
    if parameters < 1:
        raise UsageError("A model without predictors is not shrunk.", remedy="Count candidates.")
    ratio = 2 * (log_likelihood - null_log_likelihood)
    if not ratio > parameters:
        raise RefusalError(
            f"A likelihood ratio of {ratio:.2f} on {parameters} parameters leaves nothing to "
            "predict with.",
            remedy="Declare fewer candidate predictors, or collect more events.",
            code="nothing_left",
        )
    return (ratio - parameters) / ratio
