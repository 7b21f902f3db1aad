"""Cluster-robust standard errors, for correlated subjects within clusters such as hospitals.

Liang KY, Zeger SL. Biometrika 1986;73:13-22, doi 10.1093/biomet/73.1.13.
"""

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import UsageError
from vbq.stats.checks import Floats
from vbq.stats.regression.logistic import Logistic


def cluster_robust_covariance(fit: Logistic, clusters: ArrayLike) -> Floats:
    """Sandwich covariance of the coefficients, with scores summed within clusters.

    There is no correction for a small number of clusters, as in R's ``rms::robcov``: with fewer
    than about 40 clusters the standard errors are too small.

    Args:
        fit: The model.
        clusters: Shape (n,), the cluster of each subject, numbers or strings.

    Returns:
        Shape (p + 1, p + 1), in the order of the coefficients.

    Raises:
        UsageError: the number of labels is not that of the subjects, or there is only one cluster.
    """
    data = fit.data
    labels, member = np.unique(np.asarray(clusters), return_inverse=True)
    if member.shape != data.outcome.shape or labels.size < 2:
        raise UsageError(
            f"{member.size} labels of {labels.size} clusters do not match {data.outcome.size} "
            "subjects.",
            remedy="Give the cluster of each subject; at least two clusters are needed.",
            code="bad_clusters",
        )
    residual = data.weights * (data.outcome - fit.probabilities())
    scores = np.zeros((labels.size, fit.coefficients.size))
    np.add.at(scores, member, residual[:, None] * data.design)
    half = scores @ fit.covariance
    covariance: Floats = half.T @ half
    return covariance
