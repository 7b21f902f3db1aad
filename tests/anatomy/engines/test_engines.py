"""Each engine's documented answer becomes the anatomy and the reading it stands for."""

import json
import os

import nibabel as nib
import numpy as np
import pytest

import vbq
from vbq.anatomy import EngineInfo
from vbq.anatomy.engines.nnunet import NnUnet
from vbq.anatomy.engines.spineps import Spineps
from vbq.anatomy.engines.totalsegmentator import TotalSegmentator
from vbq.anatomy.engines.totalspineseg import TotalSpineSeg
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES, SACRUM
from vbq.errors import EngineError

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
REORIENTED = [[2, 1], [0, -1], [1, -1]]  # axes permuted, two of them flipped
SPINESEG_WEIGHTS = (
    "nnUNet/results/Dataset101_TotalSpineSeg_step1",
    "nnUNet/results/Dataset102_TotalSpineSeg_step2",
)
SPINEPS_WEIGHTS = ("T1w_semantic_v1.0.9", "instance_sagittal_v1.2.0")
SEGMENTATOR_WEIGHTS = ("Dataset756_mri_vertebrae_1076subj",)


@pytest.fixture(scope="module")
def truth(scan, phantom):
    """The reading from the true labels."""
    anatomy = anatomy_from_labels(
        scan,
        phantom.labels,
        engine=EngineInfo("truth", "1"),
        numbering="label map",
        numbering_confidence=None,
    )
    return vbq.measure_scan(scan, anatomy).reading


def assert_same_reading(anatomy, scan, truth):
    reading = vbq.measure_scan(scan, anatomy).reading
    assert reading.score == pytest.approx(truth.score, abs=0.02)
    scored = [level.level for level in reading.levels if level.used]
    assert scored == ["L1", "L2", "L3", "L4"]
    return reading


def assert_same_bodies(anatomy, phantom, levels=range(20, 25)):
    """Equal on the slice that is measured; nearly so where pedicles join body and arch."""
    measured = anatomy.midsagittal_slice
    for level in levels:
        ours, true = anatomy.labels == level, phantom.labels == level
        assert true[measured].any()
        assert (ours[measured] == true[measured]).all(), level
        assert 2 * (ours & true).sum() / (ours.sum() + true.sum()) > 0.97, level


@pytest.mark.parametrize("reorientation", [None, REORIENTED], ids=["as given", "reoriented"])
def test_totalspineseg(
    stand_in, answers, phantom, with_arches, scan, truth, tmp_path, reorientation
):
    stand = stand_in(TotalSpineSeg, "20260807", SPINESEG_WEIGHTS)
    answer = answers.save(
        answers.renamed(with_arches, answers.totalspineseg),
        scan.affine,
        tmp_path / "a.nii.gz",
        reorientation=reorientation,
    )
    stand.plan(answer)
    anatomy = TotalSpineSeg().find_anatomy(scan)
    assert_same_bodies(anatomy, phantom)
    discs = phantom.labels > 100
    assert (anatomy.labels[discs] == phantom.labels[discs]).all()
    assert (np.isin(anatomy.labels, (CANAL, CORD)) == np.isin(phantom.labels, (CANAL, CORD))).all()
    s1 = anatomy.labels == SACRUM
    assert 2 * (s1 & (phantom.labels == SACRUM)).sum() > 0.8 * (
        s1.sum() + (phantom.labels == SACRUM).sum()
    )
    assert anatomy.engine == EngineInfo("totalspineseg", "20260807")
    assert (anatomy.numbering, anatomy.flags) == ("sacrum", ())
    assert_same_reading(anatomy, scan, truth)


@pytest.mark.parametrize("version", ["1.4.2", "2.1.3"])
def test_spineps_whose_numbers_run_from_the_top(
    stand_in, answers, phantom, with_arches, scan, truth, tmp_path, version
):
    stand = stand_in(Spineps, version, SPINEPS_WEIGHTS)
    present = [n for n in range(1, 26) if (phantom.labels == n).any()]
    from_top = {level: 2 + i for i, level in enumerate(present)} | {SACRUM: 26}
    discs = {100 + level: 100 + number for level, number in from_top.items() if number < 26}
    body = phantom.labels
    parts = answers.renamed(body, {CANAL: 61, CORD: 60, SACRUM: 26, **dict.fromkeys(present, 49)})
    parts[(body > 100)] = 100
    parts[(with_arches != body) & (with_arches < 26)] = 41  # arches
    vertebrae = answers.renamed(with_arches, from_top | discs)
    top = body == present[-1]
    endplate = top & (np.roll(body, 1, axis=1) != present[-1])
    parts[(with_arches == 0) & np.roll(endplate, -1, axis=1)] = 62
    vertebrae[parts == 62] = 300 + from_top[present[-1]]
    stand.plan(
        answers.save(parts, scan.affine, tmp_path / "spine.nii.gz", reorientation=REORIENTED),
        answers.save(vertebrae, scan.affine, tmp_path / "vert.nii.gz"),
        cpu="-cpu" if version.startswith("1") else "--cpu",
    )
    anatomy = Spineps().find_anatomy(scan)
    expected = np.where(
        np.isin(phantom.labels, [100 + n for n in LEVEL_NAMES if n not in present]),
        0,
        phantom.labels,
    )
    assert (anatomy.labels == expected).all()
    assert anatomy.numbering == "sacrum"
    assert [(flag.code, flag.severity) for flag in anatomy.flags] == [("levels_counted", "note")]
    assert assert_same_reading(anatomy, scan, truth).engine.version == version


def test_of_the_whole_sacrum_that_spineps_marks_s1_is_kept(
    stand_in, answers, phantom, with_arches, scan, truth, tmp_path
):
    stand = stand_in(Spineps, "2.1.3", SPINEPS_WEIGHTS)
    bodies = list(range(18, 25))
    parts = answers.renamed(with_arches, {CANAL: 61, CORD: 60, SACRUM: 26})
    parts[np.isin(phantom.labels, bodies)] = 49
    vertebrae = answers.renamed(with_arches, {n: n - 15 for n in bodies} | {SACRUM: 26})
    stand.plan(
        answers.save(parts, scan.affine, tmp_path / "spine.nii.gz"),
        answers.save(vertebrae, scan.affine, tmp_path / "vert.nii.gz"),
    )
    anatomy = Spineps().find_anatomy(scan)
    is_body = np.isin(phantom.labels, bodies)
    assert (np.isin(anatomy.labels, bodies) == is_body).all()
    assert (anatomy.labels[is_body] == phantom.labels[is_body]).all()
    s1, true = anatomy.labels == SACRUM, phantom.labels == SACRUM
    assert 2 * (s1 & true).sum() > 0.75 * (s1.sum() + true.sum())
    assert_same_reading(anatomy, scan, truth)


def test_totalsegmentator_numbers_upward_and_draws_no_canal(
    stand_in, answers, phantom, with_arches, scan, truth, tmp_path
):
    stand = stand_in(TotalSegmentator, "2.18.0", SEGMENTATOR_WEIGHTS)
    answer = answers.renamed(with_arches, answers.totalsegmentator)
    assert answer[with_arches == 24].max() == 2
    stand.plan(answers.save(answer, scan.affine, tmp_path / "a.nii.gz", reorientation=REORIENTED))
    anatomy = TotalSegmentator().find_anatomy(scan)
    assert_same_bodies(anatomy, phantom)
    assert [flag.code for flag in anatomy.flags] == ["canal_from_network"]
    canal, true = anatomy.labels == CANAL, np.isin(phantom.labels, (CANAL, CORD))
    assert 2 * (canal & true).sum() > 0.7 * (canal.sum() + true.sum())
    assert_same_reading(anatomy, scan, truth)


def test_totalsegmentator_sends_no_statistics_and_leaves_the_users_configuration(
    stand_in, scan, tmp_path, monkeypatch
):
    stand = stand_in(TotalSegmentator, weights=SEGMENTATOR_WEIGHTS)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("TOTALSEG_HOME_DIR", str(home))
    mine = '{"totalseg_id": "me", "send_usage_stats": true, "license_number": "aca_1", "n": 4}'
    (home / "config.json").write_text(mine)
    with pytest.raises(EngineError, match="no label map"):
        TotalSegmentator().find_anatomy(scan)
    config = stand.seen["config"]
    assert config["send_usage_stats"] is False
    assert (config["totalseg_id"], config["license_number"]) == ("me", "aca_1")
    assert (home / "config.json").read_text() == mine
    (home / "config.json").unlink()
    with pytest.raises(EngineError, match="no label map"):
        TotalSegmentator().find_anatomy(scan)
    assert stand.seen["config"]["send_usage_stats"] is False
    assert list(home.iterdir()) == []


def test_an_nnunet_model_with_its_users_label_map(
    stand_in, answers, model, phantom, scan, truth, tmp_path, monkeypatch
):
    monkeypatch.setenv("PASSED_ON", "yes")
    stand = stand_in(NnUnet, "2.8.1")
    numbers = {CANAL: 1, **{26 - n: n for n in range(2, 8)}, SACRUM: 8}
    stand.plan(
        answers.save(answers.renamed(phantom.labels, numbers), scan.affine, tmp_path / "a.nii.gz")
    )
    engine = NnUnet(model())
    anatomy = engine.find_anatomy(scan)
    labelled = np.isin(phantom.labels, list(numbers))
    expected = np.where(phantom.labels == CORD, 0, phantom.labels)
    assert (anatomy.labels[labelled] == expected[labelled]).all()
    assert anatomy.engine.name == "nnunet:mine"
    assert len(anatomy.engine.model_sha256) == 64
    assert (stand.seen["fold"], stand.seen["checkpoint"]) == ("0", "checkpoint_final.pth")
    assert stand.seen["passed"] == "yes"
    assert_same_reading(anatomy, scan, truth)


def test_another_grid_is_brought_to_the_scans(
    stand_in, answers, phantom, with_arches, scan, truth, tmp_path
):
    """An answer at half the pixel size, in another place, as an engine that resamples gives."""
    stand = stand_in(TotalSpineSeg, weights=SPINESEG_WEIGHTS)
    finer = np.repeat(
        np.repeat(answers.renamed(with_arches, answers.totalspineseg), 2, axis=1), 2, axis=2
    )[:, 20:, :-40]
    to_scan = np.diag([1, 0.5, 0.5, 1.0])
    to_scan[1:3, 3] = 10 - 0.25, -0.25
    stand.plan(
        answers.save(finer, scan.affine @ to_scan, tmp_path / "a.nii.gz", reorientation=REORIENTED)
    )
    anatomy = TotalSpineSeg().find_anatomy(scan)
    assert_same_bodies(anatomy, phantom, range(21, 25))
    assert_same_reading(anatomy, scan, truth)


def test_the_image_is_where_the_scan_is_in_a_private_folder_that_is_gone(
    stand_in, answers, with_arches, scan, tmp_path
):
    stand = stand_in(TotalSpineSeg, weights=SPINESEG_WEIGHTS)
    stand.plan(
        answers.save(
            answers.renamed(with_arches, answers.totalspineseg), scan.affine, tmp_path / "a.nii.gz"
        )
    )
    TotalSpineSeg().find_anatomy(scan)
    image = nib.load(stand.seen["image"])
    assert (image.get_fdata(dtype=np.float32) == scan.voxels).all()
    for affine in (image.get_qform(), image.get_sform()):
        assert np.allclose(affine, LPS_TO_RAS @ scan.affine, atol=1e-3)
    assert stand.seen["mode"] == 0o700
    assert stand.seen["cwd"] == os.path.realpath(stand.seen["tmp"])
    assert not os.path.exists(stand.seen["tmp"])  # noqa: PTH110
    assert json.dumps(stand.seen["argv"]).count("phantom") == 0


def test_a_scan_stored_in_another_order_gives_the_same_reading(
    stand_in, answers, with_arches, scan, truth, tmp_path
):
    stand = stand_in(TotalSpineSeg, weights=SPINESEG_WEIGHTS)
    stand.plan(
        answers.save(
            answers.renamed(with_arches, answers.totalspineseg), scan.affine, tmp_path / "a.nii.gz"
        )
    )
    image = nib.Nifti1Image(scan.voxels, LPS_TO_RAS @ scan.affine).as_reoriented(
        np.array(REORIENTED)
    )
    nib.save(image, tmp_path / "t1.nii.gz")
    (result,) = vbq.score(
        tmp_path / "t1.nii.gz", segmenter=vbq.anatomy.get_segmenter("totalspineseg")
    )
    assert result.reading.score == pytest.approx(truth.score, abs=0.02)
    assert result.reading.engine.name == "totalspineseg"
