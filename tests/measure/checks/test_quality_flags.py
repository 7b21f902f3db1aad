"""Every quality flag is raised by its cause, and not without it.

One table: for each code a case that raises it and a similar one that does not. Images are phantoms
with their true labels; headers are read back from DICOM.
"""

import io
import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from scipy import ndimage

import vbq
from places import ROOT
from vbq.anatomy import EngineInfo
from vbq.anatomy.anatomy import NumberingAlternative
from vbq.anatomy.builtin.level_findings import level_findings
from vbq.anatomy.builtin.numbering import Numbering
from vbq.anatomy.engines.external import _add_canal
from vbq.anatomy.engines.level_check import check_levels
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.anatomy.levels import CANAL, CORD, LEVEL_NUMBERS, SACRUM
from vbq.errors import RefusalError
from vbq.measure import measure_scan
from vbq.measure.checks.acquisition import acquisition_findings
from vbq.measure.checks.wrap import phase_direction
from vbq.measure.measurement import Roi
from vbq.measure.regions.background import find_background
from vbq.measure.regions.roi_images import ignored_segment_findings, unknown_study_findings
from vbq.measure.regions.roi_placement import anatomy_of_rois
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.phantom import MriSettings, Pathology, SpineShape, make_phantom
from vbq.phantom.files.dicom import dicom_bytes
from vbq.phantom.files.nifti import write_nifti
from vbq.scan import find_series

DOCS = ROOT / "docs" / "flags.md"
PICTURE = MriSettings(slices=1, matrix=(250, 200), pixel_mm=1.0, sub_slices=1, snr=35)
FIVE = replace(PICTURE, slices=5, matrix=(160, 120), pixel_mm=1.5)
HEADER = MriSettings(slices=3, matrix=(64, 64), pixel_mm=4.5, sub_slices=1)


def as_it_is(_):
    """Change nothing."""


@cache
def phantom_with(settings=PICTURE, shape=SpineShape(seed=1), true_vbq=3.2, ill=()):  # noqa: B008
    return make_phantom(
        acquisition=settings,
        shape=shape,
        true_vbq=None if settings.te_ms > 30 or settings.fat_suppressed else true_vbq,
        marrow_fat=0.45,
        marrow_texture=0.06,
        pathology=dict(ill),
        seed=3,
    )


def anatomy_of(phantom, labels=None, **details):
    return anatomy_from_labels(
        phantom.as_scan(),
        phantom.labels if labels is None else labels,
        engine=EngineInfo("truth", "1"),
        numbering="label map",
        numbering_confidence=None,
        **details,
    )


def codes(flags):
    return {flag.code for flag in flags}


@cache
def codes_of(phantom):
    return codes(measure_scan(phantom.as_scan(), anatomy_of(phantom)).reading.flags)


# What an image shows


def scanned(shape=None, true_vbq=3.2, **changes):
    """A phantom scanned with other settings, or of another spine."""

    def case(_):
        return codes_of(
            phantom_with(replace(PICTURE, **changes), shape or SpineShape(seed=1), true_vbq)
        )

    return case


def diseased(**ill):
    return lambda _: codes_of(
        phantom_with(ill=tuple((name, Pathology(**properties)) for name, properties in ill.items()))
    )


def everywhere(focus):
    """All marrow of L1-L4 replaced."""
    return diseased(**{f"L{k}": {"focus": focus, "focus_mm": 30.0} for k in (1, 2, 3, 4)})


def edited(edit):
    """The phantom's voxels and labels changed in place by a function."""

    def case(_):
        phantom = phantom_with()
        voxels, labels = phantom.voxels.copy(), phantom.labels.copy()
        edit(voxels, labels)
        scan = replace(phantom.as_scan(), voxels=voxels)
        return codes(measure_scan(scan, anatomy_of(phantom, labels)).reading.flags)

    return case


def without(*numbers):
    return edited(lambda _, labels: np.putmask(labels, np.isin(labels, numbers), 0))


def behind(labels, *names, margin=12):
    """The sac behind some levels."""
    rows = np.flatnonzero(np.isin(labels, [LEVEL_NUMBERS[n] for n in names]).any(axis=(0, 2)))
    sac = np.isin(labels, (CANAL, CORD))
    sac[:, : rows[0] - margin] = sac[:, rows[-1] + margin + 1 :] = False
    return sac


def brighter(name, factor):
    """CSF behind one level brighter."""
    return edited(lambda v, labels: np.multiply(v, factor, out=v, where=behind(labels, name)))


def sac_behind_l3_unmarked(_, labels):
    labels[behind(labels, "L3")] = 0


def sac_thinned(_, labels):
    """A sac marked on five pixels of each row: too thin for CSF clear of its wall."""
    sac = np.isin(labels, (CANAL, CORD))
    labels[sac & (np.cumsum(sac, axis=2) > 5)] = 0


def alike_on_both_sides(voxels, labels):
    muscle = 0.4 * np.median(voxels[labels == 22])
    body = np.isin(labels, range(17, 27)) | (labels >= 100)
    voxels[~body & (labels != CANAL)] = muscle
    voxels[labels == CANAL] = 0.95 * muscle


def unsure(confidence):
    def case(_):
        phantom = phantom_with()
        anatomy = anatomy_of(phantom, confidences=dict.fromkeys(range(17, 27), confidence))
        return codes(measure_scan(phantom.as_scan(), anatomy).reading.flags)

    return case


# What a file says


def stored(settings=HEADER, edit=as_it_is, also=as_it_is):
    """A series on disk, its headers edited."""

    def case(folder):
        for name, content in dicom_bytes(phantom_with(settings)).items():
            dataset = dcmread(io.BytesIO(content))
            edit(dataset)
            dataset.save_as(folder / name)
        also(folder)
        scan = find_series(folder).series[0].load()
        return codes([*scan.flags, *acquisition_findings(SimpleNamespace(scan=scan))])

    return case


def header(**attributes):
    """Attributes of every slice; ``None`` removes one."""

    def edit(dataset):
        for keyword, value in attributes.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)

    return stored(edit=edit)


def in_eight_bits(dataset):
    stored = (dataset.pixel_array >> 4).astype(np.uint8)
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OB"


def copied(folder):
    first = min(folder.iterdir())
    (folder / "copy").write_bytes(first.read_bytes())


def volume(broken):
    def case(folder):
        voxels = phantom_with(HEADER).voxels.copy()
        if broken:
            voxels[0, 0, 0] = np.nan
        write_nifti(voxels, phantom_with(HEADER).affine, folder / "t1.nii.gz")
        return codes(find_series(folder).series[0].load().flags)

    return case


def scored(*, series=None, damaged=False, **changes):
    """The whole command on a folder, with the true label map."""

    def case(folder):
        # of one slice DICOM gives no spacing but its thickness, and the label map has to lie on it
        on_grid = replace(PICTURE, slice_spacing_mm=PICTURE.slice_thickness_mm, **changes)
        phantom = phantom_with(on_grid)
        phantom.write_dicom(folder / "study", series_number=1)
        if damaged:
            (folder / "study" / "bad.dcm").write_bytes(b"DICM")
        write_nifti(phantom.labels, phantom.affine, folder / "labels.nii.gz")
        (result,) = vbq.score(folder / "study", series=series, labels=folder / "labels.nii.gz")
        return codes(result.reading.flags)

    return case


# How levels were named


def numbered(anchor="sacrum", confidence=0.95, alternative=0.01, gaps=0):
    """Findings on a numbering by the network."""
    numbering = Numbering((20, 21, 22, 23, 24, 26), anchor, 0.99, 1, alternative, gaps)
    second = NumberingAlternative(1, alternative)
    return lambda _: codes(level_findings(numbering, confidence, second))


def engine(edit=as_it_is, *, named=True):
    """An external engine's label map, checked."""

    def case(_):
        labels = phantom_with().labels.copy()
        edit(labels)
        return codes(check_levels(labels, (4.4, 1, 1), named=named, engine="it").flags)

    return case


def shifted(labels):
    body = (labels > 10) & (labels < SACRUM)
    labels[body] -= 1


def gone(number):
    return lambda labels: np.putmask(labels, labels == number, 0)


def canal_added(shown):
    def case(_):
        scan = phantom_with().as_scan()
        if not shown:
            scan = replace(scan, voxels=np.ones_like(scan.voxels))
        return codes(_add_canal(scan, np.zeros(scan.voxels.shape, np.uint8), "it"))

    return case


def manual_l2(*, ill=False, drawn_on="L2"):
    """L2 drawn by hand on the middle one of five slices, on its own body or on another."""

    def case(_):
        focus = (("L2", Pathology(focus=1.6)),) if ill else ()
        phantom = phantom_with(FIVE, ill=focus)
        mask = ndimage.binary_erosion(phantom.labels[2] == LEVEL_NUMBERS[drawn_on], iterations=6)
        rois = [Roi("L2", 2, mask)]
        return codes(measure_scan(phantom.as_scan(), anatomy_of(phantom), rois=rois).reading.flags)

    return case


def csf_drawn(*, clean):
    """CSF drawn by hand behind L3: the sac's front, or all of it with the fat around."""

    def case(_):
        phantom = phantom_with()
        sac = behind(phantom.labels, "L3", margin=-4)[0]
        place = np.cumsum(sac, axis=1)
        front = sac & (place > 2) & (place < 6)
        mask = front if clean else ndimage.binary_dilation(sac, iterations=2)
        measured = measure_scan(phantom.as_scan(), anatomy_of(phantom), rois=[Roi("CSF", 0, mask)])
        return codes(measured.reading.flags)

    return case


def seg_on_scan(study_uid):
    """A DICOM SEG supplied for a scan of this study."""

    def case(_):
        scan = phantom_with().as_scan()
        return codes(
            unknown_study_findings(replace(scan, source=replace(scan.source, study_uid=study_uid)))
        )

    return case


def segmented(*labels):
    """Regions from the segments of a DICOM SEG."""

    def case(folder):
        seg = Dataset()
        seg.SegmentSequence = []
        for number, label in enumerate(labels, start=1):
            segment = Dataset()
            segment.SegmentNumber, segment.SegmentLabel = number, label
            seg.SegmentSequence.append(segment)
        seg.preamble = bytes(128)
        seg.save_as(folder / "seg.dcm", implicit_vr=False, little_endian=True)
        return codes(ignored_segment_findings(folder / "seg.dcm"))

    return case


def from_regions_only(_):
    rois = [Roi("L2", 0, phantom_with().labels[0] == LEVEL_NUMBERS["L2"])]
    return codes(
        anatomy_of_rois(phantom_with().as_scan(), rois, RefusalError("None.", code="x")).flags
    )


CLEAN = scanned()
UNCHANGED = stored()
MODIC = {"L4": {"lower_endplate": 0.6}, "L5": {"upper_endplate": 0.6}}


def offset_by(share):
    """A share of CSF's signal added to every pixel."""
    return lambda voxels, labels: np.add(
        voxels, share * np.median(voxels[labels == CANAL]), out=voxels
    )


def intercept_of(share):
    """A rescale intercept of a share of CSF's signal, which no pixel lies below."""

    def case(_):
        phantom = phantom_with()
        intercept = share * float(np.median(phantom.voxels[phantom.labels == CANAL]))
        scan = phantom.as_scan()
        source = replace(scan.source, rescale_intercept=intercept)
        scan = replace(scan, voxels=phantom.voxels + np.float32(intercept), source=source)
        return codes(measure_scan(scan, anatomy_of(phantom, phantom.labels)).reading.flags)

    return case


def philips_scaled(step):
    """Philips's private scale slope, growing from slice to slice."""

    def edit(dataset):
        block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", 0.5 + step * int(dataset.InstanceNumber))

    return stored(edit=edit)


THICK = replace(HEADER, slice_thickness_mm=7.0, slice_spacing_mm=7.5)
WIDE = {"slices": 13, "matrix": (160, 120), "pixel_mm": 1.5}

CASES = {
    # code: (raises it, does not)
    "not_t1": (scanned(tr_ms=3500.0, te_ms=105.0), CLEAN),
    "not_sagittal": (edited(alike_on_both_sides), CLEAN),
    "fat_suppressed": (scanned(fat_suppressed=True), CLEAN),
    "csf_no_signal": (edited(lambda v, m: np.putmask(v, behind(m, "L1", "L5"), 0)), CLEAN),
    "csf_not_found": (without(CANAL, CORD), CLEAN),
    "too_few_levels": (without(21, 22, 23), without(22, 23)),
    "levels_missing": (without(21), CLEAN),
    "compression_fracture": (diseased(L2={"height_loss": (0.35, 0.18, 0)}), CLEAN),
    "endplate_change": (diseased(**MODIC), CLEAN),
    "focal_bright_lesion": (diseased(L2={"focus": 1.6}), CLEAN),
    "focal_dark_lesion": (diseased(L3={"focus": 0.5}), CLEAN),
    "heterogeneous_marrow": (diseased(L1={"heterogeneity": 0.4}), CLEAN),
    "levels_differ": (everywhere(0.5), everywhere(0.8)),
    "signal_void": (diseased(L4={"screw_mm": 4.5}), CLEAN),
    "level_confidence_low": (unsure(0.55), unsure(0.65)),
    "levels_uncertain": (numbered(confidence=0.7), numbered(confidence=0.85)),
    "levels_assumed": (numbered("assumed"), numbered()),
    "sacrum_not_seen": (engine(gone(SACRUM)), engine()),
    "body_missed": (engine(gone(22)), engine()),
    "lumbar_count_unknown": (numbered(), CLEAN),
    "lumbar_count_unusual": (scanned(SpineShape(lumbar_count=6, seed=1)), CLEAN),
    "transitional_vertebra_possible": (numbered(alternative=0.2), numbered(alternative=0.05)),
    "levels_counted": (engine(named=False), engine()),
    "levels_renumbered": (engine(shifted), engine()),
    "canal_from_network": (canal_added(True), canal_added(False)),
    "anatomy_from_regions": (from_regions_only, manual_l2()),
    "suspect_level_drawn": (manual_l2(ill=True), manual_l2()),
    "segments_passed_over": (segmented("L1", "disc_L1_L2"), segmented("L1", "CSF")),
    "rois_study_unknown": (seg_on_scan(None), seg_on_scan("1.2.3")),
    "drawn_elsewhere": (manual_l2(drawn_on="L1"), manual_l2()),
    "scoliosis": (
        scanned(SpineShape(scoliosis_deg=25, seed=1), **WIDE),
        scanned(rotation_deg=(0.0, 4.0, 0.0), **WIDE),
    ),
    "off_midline": (scanned(slices=3, offset_mm=(14.0, 0.0, 0.0)), scanned(slices=3)),
    "crowded_canal": (scanned(SpineShape(canal_mm=7.0, seed=1)), CLEAN),
    "low_snr": (scanned(snr=7), scanned(snr=14)),
    "signal_offset": (edited(offset_by(0.5)), edited(offset_by(0.05))),
    "rescale_intercept": (intercept_of(0.05), intercept_of(0.005)),
    "ghosting": (scanned(ghosting=0.1), scanned(ghosting=0.02)),
    "wrap": (scanned(oversampled=False), CLEAN),
    "saturated": (edited(lambda v, _: np.minimum(v, np.median(v[v > 50]), out=v)), CLEAN),
    "coil_shading": (scanned(coil_shading=5.0), CLEAN),
    "csf_fallback": (edited(sac_behind_l3_unmarked), CLEAN),
    "csf_small": (edited(sac_thinned), CLEAN),
    "csf_inhomogeneous": (csf_drawn(clean=False), csf_drawn(clean=True)),
    "csf_near_noise": (scanned(true_vbq=4.0, snr=10), scanned(true_vbq=4.0, snr=30)),
    "csf_levels_differ": (brighter("L2", 1.4), brighter("L2", 1.05)),
    "single_slice": (stored(replace(HEADER, slices=1)), UNCHANGED),
    "thick_slices": (stored(THICK), UNCHANGED),
    "slice_gap": (stored(replace(HEADER, slice_spacing_mm=8.0)), UNCHANGED),
    "tr_outside": (header(RepetitionTime="950"), header(RepetitionTime="850")),
    "te_outside": (header(EchoTime="25"), header(EchoTime="20")),
    "timing_unknown": (header(EchoTime=None), UNCHANGED),
    "field_strength_unknown": (header(MagneticFieldStrength=None), UNCHANGED),
    "bandwidth_unknown": (header(PixelBandwidth=None), UNCHANGED),
    "contrast_agent": (header(ContrastBolusAgent="Gadovist"), header(ContrastBolusAgent="NONE")),
    "lossy_compression": (header(LossyImageCompression="01"), header(LossyImageCompression="00")),
    "eight_bit": (stored(edit=in_eight_bits), UNCHANGED),
    "slices_rescaled": (philips_scaled(0.1), philips_scaled(0.0)),
    "copies_ignored": (stored(also=copied), UNCHANGED),
    "not_finite": (volume(broken=True), volume(broken=False)),
    "series_overridden": (scored(series="1", contrast_agent="X"), scored(series="1")),
    "files_unreadable": (scored(damaged=True), scored()),
}


@pytest.mark.parametrize("code", CASES)
def test_a_flag_is_raised_by_its_cause_only(code, tmp_path):
    raising, silent = CASES[code]
    for name, case, expected in (("a", raising, True), ("b", silent, False)):
        folder = tmp_path / name
        folder.mkdir()
        assert (code in case(folder)) is expected, name


def test_every_flag_has_a_case():
    """``tests/test_docs.py`` holds the table of the documentation against the source."""
    if not DOCS.exists():
        pytest.skip("needs the documentation")
    table = DOCS.read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]+) \| (?:note|caution|refuse) \|", table, re.MULTILINE)
    documented = {code for row in rows for code in re.findall(r"`([a-z_0-9]+)`", row)}
    assert documented == set(CASES)


def test_a_clean_phantom_raises_nothing():
    assert codes_of(phantom_with()) == set()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"ContrastBolusVolume": "15"}, True),
        ({"ContrastBolusVolume": "0"}, False),
        ({"ContrastBolusIngredient": "GADOLINIUM"}, True),
        ({"SeriesDescription": "T1 TSE SAG +C"}, True),
        ({"SeriesDescription": "T1 sag KM"}, True),
        ({"SeriesDescription": "t1_tse_sag_GD"}, True),
        ({"SeriesDescription": "T1 SAG POST"}, True),
        ({"SeriesDescription": "T1 SAG without GD"}, False),
        ({"SeriesDescription": "T1 SAG post op"}, False),
    ],
)
def test_contrast_agents_are_recognised_by_attribute_and_by_name(attributes, expected, tmp_path):
    assert ("contrast_agent" in header(**attributes)(tmp_path)) is expected


def test_no_free_text_of_the_file_is_in_a_flag(tmp_path):
    edit = {"SeriesDescription": "T1 KM Jane Roe", "ContrastBolusAgent": "for Jane Roe"}
    for name, content in dicom_bytes(phantom_with(HEADER)).items():
        dataset = dcmread(io.BytesIO(content))
        for keyword, value in edit.items():
            setattr(dataset, keyword, value)
        dataset.save_as(tmp_path / name)
    scan = find_series(tmp_path).series[0].load()
    flags = acquisition_findings(SimpleNamespace(scan=scan))
    assert "contrast_agent" in codes(flags)
    assert "Roe" not in str(flags)


@pytest.mark.parametrize(("stored", "patient"), [("COL", "head-foot"), ("ROW", "front-back")])
def test_the_phase_encoding_of_a_file_is_that_of_the_picture(stored, patient, tmp_path):
    phantom_with(replace(HEADER, phase_encoding=stored)).write_dicom(tmp_path)
    assert phase_direction(find_series(tmp_path).series[0].load()) == patient


@pytest.mark.parametrize("field", [1.5, 3.0])
def test_noise_is_measured_in_the_air(field):
    phantom = phantom_with(replace(PICTURE, snr=12, field_strength_t=field))
    section = SagittalSection(phantom.voxels[0], phantom.labels[0], (1.0, 1.0))
    marrow = float(np.median([phantom.truth.marrow[name] for name in ("L1", "L2", "L3", "L4")]))
    background = find_background(section, marrow)
    assert background.noise_sd == pytest.approx(phantom.truth.sigma, rel=0.05)
    assert background.structure < 0.01 * marrow
