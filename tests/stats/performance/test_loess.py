"""Loess and lowess equal R's, with and without ties."""

import numpy as np
import pytest

from vbq.errors import RefusalError, UsageError
from vbq.stats.performance.loess import fit_loess
from vbq.stats.performance.lowess import lowess


def wavy(x):
    i = np.arange(1, x.size + 1)
    return (((i * 53) % 97) / 97 < x).astype(float)


DISTINCT = ((np.arange(1, 61) * 37) % 101) / 101
ELEVEN_VALUES = ((np.arange(1, 81) * 37) % 11) / 10
HEAVY_TIES = np.concatenate([np.full(40, 0.5), np.ones(30), np.arange(1, 31) / 37])

# R 4.2.2: loess(y ~ x, ...), predict(se = TRUE), se / residual scale
LOESS = (
    (
        DISTINCT,
        {},
        (0.05, 0.3, 0.5, 0.77, 0.95),
        (0.55636395707291, 0.05530270322851, 0.34601419465833, 0.86906061950238, 1.03308972625784),
        (0.3736512117129, 0.2382989719723, 0.2532822230129, 0.2273159960896, 0.3442074945788),
    ),
    (
        DISTINCT,
        {"degree": 1, "span": 0.5},
        (0.05, 0.3, 0.5, 0.77, 0.95),
        (0.5207115585249, 0.0714000251211, 0.3553332409754, 0.8601707360840, 1.0549287177299),
        (0.3491029107241, 0.2188801052429, 0.2181599491272, 0.2194486259018, 0.3299512377303),
    ),
    (
        ELEVEN_VALUES,
        {},
        (0.05, 0.3, 0.55, 0.97),
        (-0.01803579263710, 0.08341271673189, 0.49441722792430, 1.03189251002753),
        (0.2425695715441, 0.2041854661649, 0.2156119195726, 0.2748199440504),
    ),
    (
        HEAVY_TIES,
        {},
        (0.05, 0.3, 0.55, 0.97),
        (0.07407254209751, 0.32312339264443, 0.55792174523606, 1.04629648294791),
        None,
    ),
)
LOWESS = (  # approx(lowess(x, y, iter = 0), xout = at)
    (
        DISTINCT,
        (0.05, 0.3, 0.5, 0.77, 0.95),
        (0.4057873154997, 0.1915977287485, 0.3494326747687, 0.8312343152823, 1.0758458817730),
    ),
    (
        ELEVEN_VALUES,
        (0.05, 0.3, 0.55, 0.97),
        (-0.04862392574296, 0.13903049522362, 0.49508091731620, 1.07200769496251),
    ),
    (
        HEAVY_TIES,
        (0.05, 0.3, 0.55, 0.97),
        (0.1004060723056, 0.3468136307140, 0.5625866545776, 0.9807908116413),
    ),
)


@pytest.mark.parametrize(("x", "settings", "points", "curve", "errors"), LOESS)
def test_loess(x, settings, points, curve, errors):
    fit = fit_loess(x, wavy(x), **settings)
    assert fit.predict(points) == pytest.approx(curve, rel=1e-9)
    if errors is not None:
        assert fit.standard_errors(points, np.ones(x.size)) == pytest.approx(errors, rel=1e-9)


@pytest.mark.parametrize(("x", "points", "curve"), LOWESS)
def test_lowess(x, points, curve):
    assert lowess(x, wavy(x), points) == pytest.approx(curve, rel=1e-9)


def test_local_polynomials_reproduce_polynomials():
    x = np.linspace(0, 3, 200)
    y = 1 + 2 * x - x**2
    points = np.linspace(0, 3, 37)
    assert fit_loess(x, y).predict(points) == pytest.approx(1 + 2 * points - points**2, abs=1e-10)
    assert lowess(x, 1 + 2 * x, points) == pytest.approx(1 + 2 * points, abs=1e-10)


def test_standard_errors_are_those_of_repeated_samples():
    rng = np.random.default_rng(4)
    x = np.sort(rng.random(120))
    spread = 0.2 + x
    points = [0.1, 0.5, 0.9]
    curves = [fit_loess(x, rng.normal(0, spread)).predict(points) for _ in range(400)]
    expected = fit_loess(x, x).standard_errors(points, spread**2)
    assert np.std(curves, axis=0) == pytest.approx(expected, rel=0.15)


def test_the_order_of_the_subjects_does_not_matter():
    shuffled = np.random.default_rng(0).permutation(DISTINCT.size)
    y = wavy(DISTINCT)
    points = [0.1, 0.6]
    for curve in (lambda x, v: fit_loess(x, v).predict(points), lambda x, v: lowess(x, v, points)):
        assert curve(DISTINCT[shuffled], y[shuffled]) == pytest.approx(curve(DISTINCT, y))


def test_too_few_values_are_refused():
    for x in (np.repeat([0.2, 0.4], 50), np.full(30, 0.5), np.array([0.1, 0.2, 0.3])):
        with pytest.raises(RefusalError, match="too few"):
            fit_loess(x, np.arange(x.size) % 2)
    with pytest.raises(UsageError):
        lowess([1, 2], [0, 1], [1])
    with pytest.raises(UsageError):
        fit_loess(DISTINCT, wavy(DISTINCT), span=1.5)
    with pytest.raises(UsageError, match="defined only from"):
        fit_loess(DISTINCT, wavy(DISTINCT)).predict([1.5])
