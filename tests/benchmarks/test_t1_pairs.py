"""Labels carried over to real T1: none rather than wrong ones."""

import json

import numpy as np
import pytest
from PIL import Image

from sources import BACKGROUND, BODY, CLASSES, L5
from t1_pairs import SOURCE, read_t1

SQUARES = ((20, 20), (60, 20), (100, 20))  # top left corners of bodies 24 mm wide
S1 = [[130, 20], [130, 44], [150, 44], [150, 20]]


@pytest.fixture
def read(tmp_path):
    """Reads one grey picture, of which a network says that everything is what it is given."""

    def read(probabilities, **known):
        folder = tmp_path / SOURCE / "images"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((160, 64), 90, np.uint8)).save(folder / "1_T1.png")
        landmarks = tmp_path / "landmarks.json"
        landmarks.write_text(json.dumps({"1_T1": {"mm_per_pixel": [1.0], **known}}))

        class Network:
            def probabilities(self, _):
                return probabilities

        return read_t1(tmp_path, landmarks, Network())

    return read


def sure_of_bodies():
    p = np.zeros((len(CLASSES), 160, 64), np.float32)
    p[BACKGROUND] = 1
    for top, left in SQUARES:
        p[:, top : top + 24, left : left + 24] = 0
        p[BODY, top : top + 24, left : left + 24] = 1
    return p


def test_the_body_at_the_landmark_is_l5(read):
    (found,) = read(sure_of_bodies(), l5=[112, 32], s1=S1)
    truth = np.zeros((160, 64), bool)
    truth[100:124, 20:44] = True
    assert np.array_equal(found.tissue == L5, truth)


@pytest.mark.parametrize("known", [{"l5": [112, 32], "s1": S1}, {}])
def test_nothing_is_labelled_where_the_network_is_not_sure_of_any_body(read, capsys, known):
    unsure = np.full((len(CLASSES), 160, 64), 1 / len(CLASSES), np.float32)
    assert read(unsure, **known) == []
    assert "1_T1: excluded" in capsys.readouterr().out


def test_a_landmark_beside_every_body_makes_nothing_l5(read):
    assert read(sure_of_bodies(), l5=[92, 32], s1=S1) == []
