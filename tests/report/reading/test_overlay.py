"""The picture shows what was measured, at its true proportions, always with the same bytes."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from vbq.errors import RefusalError
from vbq.finding import Finding
from vbq.measure import Measurement, refused
from vbq.report import colours, draw_overlay, draw_picture, report_html
from vbq.report.reading import overlay as overlay_module
from vbq.report.reading import picture as picture_module
from vbq.report.reading.drawing import write_line
from vbq.report.reading.overlay import FRAME, PANEL
from vbq.report.reading.picture import GAP, LONGEST_SIDE, SIDE_IN_ROWS, paint, paint_all
from vbq.report.reading.png import png_bytes
from vbq.report.reading.view import choose_views, crop_to_spine

ORANGE, SKY_BLUE, PURPLE = (230, 159, 0), (86, 180, 233), (204, 121, 167)


def decoded(png):
    picture = Image.open(BytesIO(png))
    picture.load()
    return picture


def near(picture, colour):
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    return (np.abs(pixels - colour).sum(axis=-1) < 40).sum()


@pytest.fixture
def written(monkeypatch):
    """Every text that is written on the picture."""
    texts = []

    def record(draw, at, text, colour, **how):
        texts.append(text)
        return write_line(draw, at, text, colour, **how)

    monkeypatch.setattr(overlay_module, "write_line", record)
    monkeypatch.setattr(picture_module, "write_line", record)
    return texts


def test_the_slice_has_its_true_proportions(measurement):
    picture = paint(measurement, choose_views(measurement)[0])
    assert picture.size == (LONGEST_SIDE * 120 // 240, LONGEST_SIDE)  # 120 mm by 240 mm


def test_the_sheet_holds_picture_panel_and_text(measurement):
    sheet = decoded(draw_overlay(measurement))
    assert sheet.format == "PNG"
    assert sheet.width == max(LONGEST_SIDE // 2, FRAME[0]) + PANEL
    assert sheet.height > LONGEST_SIDE
    assert near(sheet, ORANGE) > 500
    assert near(sheet, SKY_BLUE) > 200


def test_the_same_measurement_gives_the_same_bytes_and_no_metadata(measurement):
    for draw in (draw_overlay, draw_picture):
        first = draw(measurement)
        assert first == draw(measurement)
        assert decoded(first).info == {}
    assert b"tIME" not in first
    assert b"tEXt" not in first


def test_score_status_levels_flags_and_provenance_are_written(measurement, written):
    draw_overlay(measurement)
    text = "\n".join(written)
    for wanted in ("3.02", "CAUTION", "L1", "L4", "300.2", "CSF at L3", "99.75", "5 cm"):
        assert wanted in text
    assert "Median of L1–L4 mean signals ÷ CSF at L3" in text
    assert "Slices are 6.0 mm thick" in text
    assert "VBQ 9.8.7 · vbq-unet 1" in text
    assert "Research use only" in text
    assert {"A", "P", "S", "I"} <= set(written)


def test_a_region_outline_encloses_its_pixels_and_no_others(measurement):
    roi = measurement.rois[0]
    bare = replace(measurement, rois=(roi,), anatomy=None)
    view = replace(choose_views(measurement)[0], image=np.zeros((120, 80), np.float32))
    pixels = np.asarray(paint(bare, view)).astype(int)
    rows, columns = np.nonzero(np.abs(pixels - ORANGE).sum(axis=-1) < 60)
    inside_rows, inside_columns = np.nonzero(roi.mask)
    scale_y, scale_x = LONGEST_SIDE / 120, LONGEST_SIDE / 2 / 80
    assert rows.min() == pytest.approx(inside_rows.min() * scale_y, abs=2)
    assert rows.max() == pytest.approx((inside_rows.max() + 1) * scale_y, abs=2)
    assert columns.min() == pytest.approx(inside_columns.min() * scale_x, abs=2)
    assert columns.max() == pytest.approx((inside_columns.max() + 1) * scale_x, abs=2)


def test_anterior_is_on_the_left_and_superior_at_the_top(measurement):
    scan = measurement.scan
    scan.voxels[:] = 0
    scan.voxels[:, :20, :10] = 100
    pixels = np.asarray(
        paint(replace(measurement, anatomy=None, rois=()), choose_views(measurement)[0])
    )
    assert pixels[50, 30].max() > 200
    assert pixels[-50, 30].max() < 50
    assert pixels[50, -30].max() < 50


@pytest.fixture
def on_two_slices(measurement):
    """L2 measured on slice 4, all else on slice 2."""
    rois = [replace(roi, slice=4) if roi.name == "L2" else roi for roi in measurement.rois]
    return replace(measurement, rois=tuple(rois))


def test_each_region_is_shown_on_the_slice_it_was_measured_on(on_two_slices, written):
    draw_overlay(on_two_slices)
    assert written.count("L2") == 2 + 1  # in the table (measured twice: its height) and once drawn
    assert {"slice 2", "slice 4"} <= set(written)
    text = " ".join(written)
    assert "Sagittal slices 2 (L1, L3, L4, CSF), 4 (L2) of 0–4" in text


def test_a_panel_has_the_regions_of_its_slice_only(on_two_slices):
    orange = []
    for view in choose_views(on_two_slices):
        bare = replace(on_two_slices, anatomy=None)
        pixels = np.asarray(paint(bare, replace(view, image=np.zeros_like(view.image))))
        orange.append(int((np.abs(pixels.astype(int) - ORANGE).sum(axis=-1) < 60).sum()))
    assert orange[0] == pytest.approx(3 * orange[1], rel=0.1)


@pytest.mark.parametrize(("count", "shape"), [(1, (1, 1)), (3, (3, 1)), (4, (2, 2)), (5, (3, 2))])
def test_panels_stand_side_by_side_at_most_three_in_a_row(measurement, count, shape):
    view = choose_views(measurement)[0]
    panel = paint(measurement, view, LONGEST_SIDE if count <= 3 else SIDE_IN_ROWS)
    picture = paint_all(measurement, [view] * count)
    assert picture.width == shape[0] * (panel.width + GAP) - GAP
    assert picture.height == shape[1] * (panel.height + GAP) - GAP


def test_where_shading_is_flagged_the_corrected_score_stands_beside_the_score(
    measurement, with_reading, written
):
    flag = Finding(code="coil_shading", severity="note", message="The coil is uneven.")
    variants = measurement.reading.variants | {"median_of_means_shading_corrected": 3.456}
    draw_overlay(with_reading(measurement, variants=variants))
    assert "3.46 without coil shading" not in written
    draw_overlay(with_reading(measurement, variants=variants, flags=(flag,)))
    assert "3.46 without coil shading" in written


def test_a_region_drawn_by_hand_says_so(measurement, written):
    rois = (replace(measurement.rois[0], source="drawn"), *measurement.rois[1:])
    draw_overlay(replace(measurement, rois=rois))
    assert written.count("drawn") == 1


def test_pixels_left_out_are_hatched_and_their_share_is_told(measurement, with_reading, written):
    reading = measurement.reading
    levels = list(reading.levels)
    levels[0] = levels[0].model_copy(update={"excluded_share": 0.12})
    excluded = np.zeros_like(measurement.rois[0].mask)
    excluded[24:28, 30:36] = True
    rois = (replace(measurement.rois[0], excluded=excluded), *measurement.rois[1:])
    changed = replace(with_reading(measurement, levels=tuple(levels)), rois=rois)
    plain, hatched = (decoded(draw_overlay(m)) for m in (measurement, changed))
    assert "12 % of the ROI excluded: focal lesion" in written
    assert "hatched: focal lesion, excluded from the ROI" in written
    assert near(hatched, PURPLE) > near(plain, PURPLE) + 500


def test_a_refused_scan_is_shown_with_the_reason(refused_measurement, written):
    sheet = decoded(draw_overlay(refused_measurement))
    assert sheet.width == max(LONGEST_SIDE // 2, FRAME[0]) + PANEL
    text = " ".join(written)
    assert "REFUSED" in text
    assert "No score" in text
    assert "This is a T2 series. Give the sagittal T1." in text
    assert "Sagittal slice 2 of 0–4" in text


def test_an_axial_series_hangs_as_axial(scan_of, written):
    scan = scan_of((64, 12, 48), spacing=(1.0, 5.0, 1.0))
    measurement = refused(RefusalError("Axial."), scan=scan)
    view = choose_views(measurement)[0]
    assert view.plane == "axial"
    assert view.image.shape == (48, 64)
    assert decoded(draw_overlay(measurement)).width >= LONGEST_SIDE
    assert {"R", "L", "A", "P"} <= set(written)


def test_the_colour_of_csf_is_changed_in_one_place(measurement, monkeypatch):
    changed = (0, 90, 40)
    before = near(decoded(draw_overlay(measurement)), SKY_BLUE)
    assert before > 100
    monkeypatch.setattr(colours, "CSF", changed)
    for picture in (draw_overlay(measurement), draw_picture(measurement)):
        assert near(decoded(picture), SKY_BLUE) == 0
        assert near(decoded(picture), changed) > 100
    page = report_html(measurement).decode()
    assert f"--key-csf: {colours.hex_colour(changed)};" in page
    assert f"--csf: {colours.hex_colour(changed)};" in page  # dark enough to be text
    assert colours.hex_colour(SKY_BLUE) not in page


def test_without_a_scan_there_is_no_picture(nothing_read):
    assert draw_overlay(nothing_read) is None
    assert draw_picture(nothing_read) is None


@pytest.mark.parametrize("shape", [(1, 300, 1), (1, 1, 300), (3, 2, 2), (1, 1, 1)])
@pytest.mark.parametrize("fill", [0.0, 5.0, np.nan, np.inf])
def test_odd_images_can_be_drawn(scan_of, shape, fill):
    scan = scan_of(shape)
    scan.voxels[:] = fill
    assert draw_overlay(refused(RefusalError("Odd."), scan=scan))


def test_many_long_or_hostile_flags_stay_on_the_sheet(measurement, with_reading):
    flag = measurement.reading.flags[0]
    long = replace(flag, message="W" * 500 + "\n\x00\u202e \t" + "word " * 200)
    sheet = decoded(draw_overlay(with_reading(measurement, flags=(long,) * 30)))
    assert sheet.height < 2200


def test_the_cropped_picture_keeps_every_region(measurement):
    view = choose_views(measurement)[0]
    cropped = crop_to_spine(view, measurement)
    assert cropped.image.size < view.image.size
    for roi in measurement.rois:
        assert cropped.cut(roi.mask).sum() == roi.mask.sum()


def test_the_palette_keeps_greys_and_colours():
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    back = np.asarray(decoded(png_bytes(Image.fromarray(grey))).convert("RGB")).astype(int)
    assert np.abs(back - grey).max() <= 1
    for colour in (ORANGE, SKY_BLUE):
        one = decoded(png_bytes(Image.new("RGB", (3, 3), colour))).convert("RGB")
        assert one.getpixel((1, 1)) == colour


def test_a_refusal_after_anatomy_still_shows_the_outlines(measurement, with_reading, written):
    reason = Finding("not_t1", "refuse", "CSF is too bright for T1.")
    m = with_reading(measurement, status="refused", score=None, variants={}, flags=(reason,))
    assert isinstance(m, Measurement)
    sheet = decoded(draw_overlay(m))
    assert near(sheet, ORANGE) > 500
    assert "No score" in written
