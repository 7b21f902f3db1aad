"""What a regression of a yes/no outcome is once fitted, by whichever likelihood."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.special import expit

from vbq.errors import InputError, UsageError
from vbq.stats.checks import finite_array
from vbq.stats.regression.binary_data import BinaryData, with_intercept

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["BinaryModel", "Maximum", "not_converged"]


@dataclass(frozen=True, eq=False)
class Maximum:
    """The largest value of a log-likelihood, and where it lies.

    Attributes:
        coefficients: Shape (p + 1,).
        covariance: Shape (q, q), inverse expected information of the q coefficients that were
            free to move.
        log_likelihood: At the coefficients.
        iterations: Newton steps taken.
        converged: False where the steps ran out or the curvature vanished; the rest then means
            nothing.
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    log_likelihood: float
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False)
class BinaryModel(ABC):
    """A fitted regression: log-odds = intercept + predictors · coefficients + offset.

    Attributes:
        data: What it was fitted to.
        coefficients: Shape (p + 1,), log odds ratios; the intercept first.
        covariance: Shape (p + 1, p + 1), inverse of the expected information.
        log_likelihood: At the coefficients, of the likelihood that was maximised.
        null_log_likelihood: The same of the model with the intercept (and offset) alone.
        iterations: Newton steps taken.
        penalised: Whether the likelihood is Firth's; of the kind of model.
    """

    penalised: ClassVar[bool]
    data: BinaryData
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    log_likelihood: float
    null_log_likelihood: float
    iterations: int

    @abstractmethod
    def constrained(
        self, columns: list[int], values: list[float], start: NDArray[np.float64] | None = None
    ) -> Maximum:
        """The fit with some coefficients held at given values, the others free.

        Args:
            columns: Which to hold, at least one; 0 is the intercept.
            values: Where.
            start: Shape (p + 1,), from where to search; by default where the others would be if
                the log-likelihood were quadratic.

        Raises:
            InputError: it does not converge.
        """

    def follow(self, columns: list[int], values: list[float]) -> NDArray[np.float64]:
        """All coefficients if some moved to given values on a quadratic log-likelihood.

        Returns:
            Shape (p + 1,).
        """
        away = np.asarray(values) - self.coefficients[columns]
        pull = np.linalg.solve(self.covariance[np.ix_(columns, columns)], away)
        moved: NDArray[np.float64] = self.coefficients + self.covariance[:, columns] @ pull
        return moved

    @property
    def names(self) -> tuple[str, ...]:
        """Of the coefficients; the first is ``"intercept"``."""
        return self.data.names

    @property
    def n(self) -> int:
        """Subjects."""
        return self.data.n

    @property
    def events(self) -> int:
        """Subjects with the event."""
        return self.data.events

    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """Shape (p + 1,), roots of the covariance's diagonal."""
        errors: NDArray[np.float64] = np.sqrt(np.diag(self.covariance))
        return errors

    def linear_predictor(
        self, design: ArrayLike | None = None, *, offset: ArrayLike = 0.0
    ) -> NDArray[np.float64]:
        """Log-odds.

        Args:
            design: Shape (m, p), predictors of new subjects, in the order of the fit and without
                the intercept; by default the subjects (and offsets) of the fit.
            offset: Of the new subjects.

        Raises:
            UsageError: there is another number of predictors.
            InputError: a value is missing or not a number.
        """
        if design is None:
            return self.data.design @ self.coefficients + self.data.offset
        x = finite_array(design, "predictor values", dimensions=2)
        if x.shape[1] != self.coefficients.size - 1:
            raise UsageError(
                f"The model has {self.coefficients.size - 1} predictors; "
                f"{x.shape[1]} columns were given.",
                remedy=f"Give {', '.join(self.names[1:])}, in this order.",
                code="wrong_shape",
            )
        return with_intercept(x) @ self.coefficients + np.asarray(offset, dtype=np.float64)

    def probabilities(
        self, design: ArrayLike | None = None, *, offset: ArrayLike = 0.0
    ) -> NDArray[np.float64]:
        """Probabilities of the event, in [0, 1]; arguments and errors as `linear_predictor`."""
        risk: NDArray[np.float64] = expit(self.linear_predictor(design, offset=offset))
        return risk


def not_converged(steps: int) -> InputError:
    """What a fit that ran out of steps has to say."""
    return InputError(
        f"The likelihood found no maximum in {steps} steps.",
        remedy="Look for extreme values in the predictors and offsets.",
        code="not_converged",
    )
