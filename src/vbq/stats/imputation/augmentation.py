"""Pseudo-observations of small weight that prevent perfect prediction.

Where a category occurs only on one side of a predictor, its log-odds are infinite and a draw from
their normal approximation is meaningless. Each category is therefore added 1 SD above and below
the mean of each predictor; together these rows have the weight of p + 1 subjects.

White IR, Daniel R, Royston P. Comput Stat Data Anal 2010;54:2267-2275,
doi 10.1016/j.csda.2010.04.005.
"""

import numpy as np
from numpy.typing import NDArray

from vbq.stats.checks import Floats


def augment(
    codes: NDArray[np.intp], predictors: Floats, categories: int
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Append the pseudo-observations to the data of one imputation model.

    Args:
        codes: Shape (n,), 0 … categories - 1.
        predictors: Shape (m, n, p + 1), the first column 1, the others standardised.
        categories: Number of categories, K.

    Returns:
        Codes, shape (n + 2pK,), predictors, shape (m, n + 2pK, p + 1), and weights, shape
        (n + 2pK,).
    """
    m, n, columns = predictors.shape
    p = columns - 1
    rows = np.vstack([np.eye(p), -np.eye(p)])
    rows = np.column_stack([np.ones(2 * p), rows])
    pseudo = np.tile(rows, (categories, 1))
    weight = (p + 1) / max(pseudo.shape[0], 1)
    return (
        np.concatenate([codes, np.repeat(np.arange(categories), 2 * p)]),
        np.concatenate([predictors, np.broadcast_to(pseudo, (m, *pseudo.shape))], axis=1),
        np.concatenate([np.ones(n), np.full(pseudo.shape[0], weight)]),
    )
