"""A fitted regression of a binary outcome, whichever likelihood was maximised."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats, finite_array
from vbq.stats.regression.binary_data import BinaryData, with_intercept


@dataclass(frozen=True, eq=False)
class Maximum:
    """The maximum of a log-likelihood.

    Attributes:
        coefficients: Shape (p + 1,), where the maximum is.
        covariance: Shape (q, q), inverse expected information of the q free coefficients.
        log_likelihood: Largest value of the log-likelihood.
        iterations: Number of Newton steps.
        converged: False if the steps ran out or the curvature vanished; the other attributes are
            then meaningless.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False)
class BinaryModel(ABC):
    """A fitted regression: log-odds = intercept + predictors · coefficients + offset.

    Attributes:
        data: The data it was fitted to.
        coefficients: Shape (p + 1,), log odds ratios; the intercept first.
        covariance: Shape (p + 1, p + 1), inverse of the expected information.
        log_likelihood: Largest value of the (penalised) log-likelihood.
        null_log_likelihood: That of the model with the intercept (and offset) alone.
        iterations: Number of Newton steps.
        penalised: Whether the likelihood is Firth's penalised likelihood.
    """

    penalised: ClassVar[bool]
    data: BinaryData
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    null_log_likelihood: float
    iterations: int

    @classmethod
    def from_maximum(cls, data: BinaryData, maximum: Maximum, null: Maximum) -> Self:
        """The model at a maximum of its likelihood, with that of the model without predictors."""
        return cls(
            data=data,
            coefficients=maximum.coefficients,
            covariance=maximum.covariance,
            log_likelihood=maximum.log_likelihood,
            null_log_likelihood=null.log_likelihood,
            iterations=maximum.iterations,
        )

    @abstractmethod
    def constrained(
        self, columns: list[int], values: list[float], start: Floats | None = None
    ) -> Maximum:
        """Maximise the likelihood with some coefficients fixed and the others free.

        Args:
            columns: Indices of the fixed coefficients, at least one; 0 is the intercept.
            values: Values of the fixed coefficients.
            start: Shape (p + 1,), starting values; by default `quadratic_constrained`.

        Raises:
            InputError: the fit does not converge.
        """

    def quadratic_constrained(self, columns: list[int], values: list[float]) -> Floats:
        """Constrained coefficients if the log-likelihood were quadratic.

        Args:
            columns: Indices of the fixed coefficients.
            values: Values of the fixed coefficients.

        Returns:
            Shape (p + 1,), all coefficients.
        """
        shift = np.asarray(values) - self.coefficients[columns]
        multipliers = np.linalg.solve(self.covariance[np.ix_(columns, columns)], shift)
        moved: Floats = self.coefficients + self.covariance[:, columns] @ multipliers
        return moved

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients; the first is ``"intercept"``."""
        return self.data.names

    @property
    def n(self) -> int:
        """Number of subjects."""
        return self.data.n

    @property
    def events(self) -> int:
        """Number of subjects with the event."""
        return self.data.events

    @property
    def standard_errors(self) -> Floats:
        """Standard errors of the coefficients, shape (p + 1,)."""
        errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors

    def linear_predictor(
        self, design: ArrayLike | None = None, *, offset: ArrayLike = 0.0
    ) -> Floats:
        """Log-odds of the event.

        Args:
            design: Shape (m, p), predictors of new subjects, in the order of the fit and without
                the intercept; by default the subjects (and offsets) of the fit.
            offset: Offsets of the new subjects, a number or shape (m,).

        Returns:
            Shape (m,).

        Raises:
            UsageError: the number of predictors is not that of the model.
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

    def probabilities(self, design: ArrayLike | None = None, *, offset: ArrayLike = 0.0) -> Floats:
        """Probabilities of the event, in [0, 1]; arguments and errors as in `linear_predictor`."""
        risk: Floats = expit(self.linear_predictor(design, offset=offset))
        return risk


def not_converged(steps: int) -> InputError:
    """The error of a fit that did not converge."""
    return InputError(
        f"The likelihood did not converge in {steps} steps.",
        remedy="Look for extreme values of the predictors and offsets.",
        code="not_converged",
    )
