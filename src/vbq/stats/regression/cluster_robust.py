"""Standard errors where subjects of one cluster, such as a hospital, are alike.

Liang KY, Zeger SL. Biometrika 1986;73:13-22, doi 10.1093/biomet/73.1.13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from vbq.stats.regression.logistic import Logistic

__all__ = ["cluster_robust_covariance"]


def cluster_robust_covariance(fit: Logistic, clusters: ArrayLike) -> NDArray[np.float64]:
    """The sandwich covariance of the coefficients, residuals being summed within clusters.

    Without a correction for few clusters, as R's ``rms::robcov``: below about 40 clusters the
    standard errors are too small.

    Args:
        fit: The model.
        clusters: Shape (n,), labels of the subjects' clusters, numbers or strings.

    Returns:
        Shape (p + 1, p + 1), in the order of the coefficients.

    Raises:
        UsageError: there is not one label a subject, or only one cluster.
    """
    data = fit.data
    labels, member = np.unique(np.asarray(clusters), return_inverse=True)
    if member.shape != data.outcome.shape or labels.size < 2:
        raise UsageError(
            f"{member.size} labels of {labels.size} clusters do not fit {data.outcome.size} "
            "subjects.",
            remedy="Give each subject its cluster; at least two clusters are needed.",
            code="bad_clusters",
        )
    residual = data.weights * (data.outcome - fit.probabilities())
    scores = np.zeros((labels.size, fit.coefficients.size))
    np.add.at(scores, member, residual[:, None] * data.design)
    half = scores @ fit.covariance
    covariance: NDArray[np.float64] = half.T @ half
    return covariance
