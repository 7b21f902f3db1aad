"""Published measurements with published or recomputed answers."""

import json

import numpy as np
import pandas as pd
import pytest

from places import SHARED

REFERENCES = SHARED / "references"

# Bland & Altman, Lancet 1986, table 1: peak expiratory flow of 17 people, litres a minute, twice
# by each of two meters.
WRIGHT = (
    (494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427),
    (490, 397, 512, 401, 470, 611, 415, 431, 638, 429, 420, 633, 275, 492, 165, 372, 421),
)
MINI = (
    (512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451),
    (525, 415, 508, 444, 500, 625, 460, 390, 642, 432, 420, 605, 227, 467, 268, 370, 443),
)


@pytest.fixture
def wright():
    return np.array(WRIGHT, float)


@pytest.fixture
def mini():
    return np.array(MINI, float)


@pytest.fixture(scope="session")
def answers():
    """The answers computed in R."""
    if not REFERENCES.is_dir():
        pytest.skip("the answers computed in R (shared/references) are not on this machine")
    return json.loads((REFERENCES / "reference_answers.json").read_text())


@pytest.fixture(scope="session")
def r_table():
    """Reads one of the tables the answers were computed on, by its file name without .csv."""
    if not REFERENCES.is_dir():
        pytest.skip("the tables behind R's answers (shared/references) are not on this machine")
    return lambda name: pd.read_csv(REFERENCES / "data" / f"{name}.csv")
