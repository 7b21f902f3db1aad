"""Imputation of binary and categorical columns: multinomial logistic regression.

A binary column has two categories. Coefficients are drawn from the normal approximation of their
posterior, so that imputation is proper (Rubin 1987); the data are augmented to prevent perfect
prediction.

van Buuren 2018, section 3.6; Agresti A. Categorical data analysis, 3rd ed. Wiley 2013, ch. 8.
"""

import numpy as np
from numpy.typing import NDArray

from vbq.stats.checks import Floats
from vbq.stats.imputation.augmentation import augment
from vbq.stats.imputation.newton import draw_around_mode


def draw_categories(
    codes: NDArray[np.intp],
    predictors_known: Floats,
    predictors_missing: Floats,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Impute unordered categories, in m chains at once.

    Args:
        codes: Shape (n,), 0 … K - 1, all of which occur.
        predictors_known: Shape (m, n, p + 1), the first column 1, the others standardised.
        predictors_missing: Shape (m, k, p + 1), of the subjects to be imputed.
        rng: Random number generator.

    Returns:
        Shape (m, k), codes.
    """
    categories = int(codes.max()) + 1
    y, x, w = augment(codes, predictors_known, categories)
    m, _, columns = x.shape
    q = (categories - 1) * columns
    observed = (np.arange(categories)[:, None] == y).astype(float)
    transposed = x.transpose(0, 2, 1)

    def likelihood(parameters: Floats) -> tuple[Floats, Floats, Floats]:
        log_p = _log_probabilities(transposed, parameters, categories)
        p = np.exp(log_p)
        value = (w * log_p[:, y, np.arange(y.size)]).sum(axis=1)
        gradient = (w * (observed - p)[:, 1:]) @ x
        information = np.empty((m, categories - 1, columns, categories - 1, columns))
        for a in range(categories - 1):
            for b in range(a + 1):
                curvature = w * p[:, a + 1] * ((a == b) - p[:, b + 1])
                block = (transposed * curvature[:, None]) @ x
                information[:, a, :, b], information[:, b, :, a] = block, block
        return value, gradient.reshape(m, q), information.reshape(m, q, q)

    parameters = draw_around_mode(likelihood, np.zeros((m, q)), rng)
    p = np.exp(_log_probabilities(predictors_missing.transpose(0, 2, 1), parameters, categories))
    return draw_category(p.transpose(0, 2, 1), rng)


def draw_category(probabilities: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw a category for each row of probabilities, from shape (..., K) to shape (...)."""
    below = (
        rng.random((*probabilities.shape[:-1], 1)) >= np.cumsum(probabilities, axis=-1)[..., :-1]
    )
    codes: NDArray[np.intp] = below.sum(axis=-1)
    return codes


def _log_probabilities(x: Floats, parameters: Floats, categories: int) -> Floats:
    """Log-probabilities, shape (m, K, n), from predictors of shape (m, p + 1, n)."""
    m, columns, n = x.shape
    logits = np.zeros((m, categories, n))  # 0 for the first category
    logits[:, 1:] = parameters.reshape(m, categories - 1, columns) @ x
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits
