"""What a study's report and a model card both print: labels of measures, scales of predictors."""

from vbq.stats.regression.terms import Term

MEASURE_LABELS = {
    "auc": "Area under the ROC curve",
    "brier": "Brier score",
    "intercept": "Calibration intercept",
    "slope": "Calibration slope",
    "r2": "Nagelkerke R²",
}


def predictor_scale(term: Term) -> str:
    """A sentence from which a reader can compute the columns of a continuous predictor.

    Returns:
        Empty for categories, and for a number that enters the model as it is. The columns of a
        restricted cubic spline are those of `vbq.stats.regression.splines`: Harrell FE, Regression
        Modeling Strategies, 2nd ed. Springer 2015, section 2.4.5; scaled as in R's rms.
    """
    per = "" if term.per == 1 else f" / {term.per:g}"
    unit = f" in {term.unit}" if term.unit else ""
    if term.kind == "log":
        return f"{term.label} enters as x = ln({term.label}{unit}){per}."
    if term.kind == "linear" and per:
        return f"{term.label} enters as x = {term.label}{unit}{per}."
    if term.kind != "spline":
        return ""
    linear, *nonlinear = term.columns
    knots = ", ".join(f"t{j} = {knot:.7g}" for j, knot in enumerate(term.knots, 1))
    basis = "; ".join(
        f"{name} = {_nonlinear_column(j, len(term.knots))}" for j, name in enumerate(nonlinear, 1)
    )
    return (
        f"{term.label} enters as a restricted cubic spline of x = {term.label}{unit}{per} with "
        f"knots {knots}: {linear} = x; {basis}; (u)₊ is u above 0, else 0 (Harrell 2015, section "
        "2.4.5)."
    )


def _nonlinear_column(j: int, k: int) -> str:
    """Formula of the j-th nonlinear column (from 1) of a spline with k knots."""
    return (
        f"[(x − t{j})₊³ − (x − t{k - 1})₊³ · (t{k} − t{j}) / (t{k} − t{k - 1}) + "
        f"(x − t{k})₊³ · (t{k - 1} − t{j}) / (t{k} − t{k - 1})] / (t{k} − t1)²"
    )
