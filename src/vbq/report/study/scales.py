"""On which scale a number enters a model, in words from which a reader can work it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Term

__all__ = ["scale"]


def scale(term: Term) -> str:
    """How a number becomes the columns of its term; empty for categories and plain numbers.

    Of a restricted cubic spline the columns as `vbq.stats.regression.splines` makes them: Harrell
    FE, Regression Modeling Strategies, 2nd ed. Springer 2015, section 2.4.5; scaled as in R's rms.
    """
    per = "" if term.per == 1 else f" / {term.per:g}"
    unit = f" in {term.unit}" if term.unit else ""
    if term.kind == "log":
        return f"{term.label} enters as x = ln({term.label}{unit}){per}."
    if term.kind == "linear" and per:
        return f"{term.label} enters as x = {term.label}{unit}{per}."
    if term.kind != "spline":
        return ""
    straight, *bent = term.columns
    knots = ", ".join(f"t{j} = {knot:.7g}" for j, knot in enumerate(term.knots, 1))
    basis = "; ".join(f"{name} = {_bend(j, len(term.knots))}" for j, name in enumerate(bent, 1))
    return (
        f"{term.label} enters as a restricted cubic spline of x = {term.label}{unit}{per} with "
        f"knots {knots}: {straight} = x; {basis}; (u)₊ is u above 0, else 0 (Harrell 2015, section "
        "2.4.5)."
    )


def _bend(j: int, k: int) -> str:
    """The j-th column that bends, of k knots."""
    return (
        f"[(x − t{j})₊³ − (x − t{k - 1})₊³ · (t{k} − t{j}) / (t{k} − t{k - 1}) + "
        f"(x − t{k})₊³ · (t{k - 1} − t{j}) / (t{k} − t{k - 1})] / (t{k} − t1)²"
    )
