"""The page says where a score lies among people scanned alike, or why it was not compared."""

from vbq.reference import compare
from vbq.report import report_html


def test_compared_and_not_compared_populations_are_shown(measurement, with_reading):
    page = report_html(with_reading(measurement, **_references(measurement))).decode()
    assert "Reference populations of the same field strength" in page
    assert "adults without fracture or underlying disease, 1.5 T" in page
    assert "<td>+0.50</td><td>69</td>" in page  # (3.0175 - 2.769) / 0.494
    assert "Not compared, measured at 3 T, this scan at 1.5 T: josr2023-3T." in page
    assert "normal distribution" in page


def test_without_a_field_strength_it_says_that_nothing_is_comparable(measurement, with_reading):
    scan = measurement.reading.scan.model_copy(update={"field_strength_t": None})
    unknown = with_reading(measurement, scan=scan)
    page = report_html(with_reading(unknown, **_references(unknown))).decode()
    assert "None is comparable with this scan." in page
    assert "Not compared, the scan does not say its field strength" in page


def test_without_references_there_is_no_such_section(measurement):
    assert "Reference populations" not in report_html(measurement).decode()


def _references(measurement):
    return {"references": compare(measurement.reading, age=55, sex="F").references}
