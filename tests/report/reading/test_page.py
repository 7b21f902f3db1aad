"""The page says everything, needs nothing, and trusts no text from a file."""

import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from vbq.finding import Finding
from vbq.report import draw_picture, report_html

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x00\x1b[31m\u202e{{ 7*7 }}"


class Page(HTMLParser):
    """Tags with their attributes, and the text a person reads."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(content.decode())
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def test_it_holds_the_numbers(measurement):
    page = Page(report_html(measurement))
    for wanted in (
        "3.02",
        "CAUTION",
        "300.2",  # mean of L1
        "299.5",  # its median
        "12.50",  # its SD
        "0.97",  # confidence
        "CSF at L3",
        "99.75",
        "3.019",  # a variant
        "mean of means",
        "Slices are 6.0 mm thick",
        "thickness 6 mm",
        "Ehresman",
        "1.5 T",
        "550 ms",
        "191.5 Hz per pixel",
        "Slice thickness 4 mm",
        "sacrum (confidence 0.90)",
        "9.8.7",
        "vbq-unet 1",
        "ab" * 32,
        "1.2.3.4",
        "Research use only",
        "No cut-off is built in",
    ):
        assert wanted in page.text, wanted


def test_where_shading_is_flagged_the_corrected_score_stands_beside_the_score(
    measurement, with_reading
):
    flag = Finding(code="coil_shading", severity="note", message="The coil is uneven.")
    variants = measurement.reading.variants | {"median_of_means_shading_corrected": 3.456}
    told = with_reading(measurement, variants=variants, flags=(flag,))
    head = Page(report_html(told)).text.split("Signals")[0]
    assert "3.46 without coil shading" in head
    untold = with_reading(measurement, variants=variants)
    assert "without coil shading" not in Page(report_html(untold)).text


def test_it_is_self_contained(measurement):
    content = report_html(measurement)
    page = Page(content)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "iframe", "object", "embed", "a", "form"}
    assert b"http://" not in content
    assert b"https://" not in content
    assert b"url(" not in content
    assert b"@import" not in content
    (image,) = (attrs for tag, attrs in page.tags if tag == "img")
    kind, data = image["src"].split(",")
    assert kind == "data:image/png;base64"
    assert b64decode(data) == draw_picture(measurement)
    assert image["alt"]


def test_the_same_measurement_gives_the_same_bytes(measurement):
    assert report_html(measurement) == report_html(measurement)


def test_text_from_a_file_stays_text(measurement, with_reading):
    reading = measurement.reading
    scan = reading.scan.model_copy(update={"manufacturer": HOSTILE, "model": HOSTILE})
    flag = replace(reading.flags[0], code=HOSTILE, message=HOSTILE, evidence={HOSTILE: HOSTILE})
    engine = replace(reading.engine, name=HOSTILE)
    changed = with_reading(measurement, scan=scan, flags=(flag,), engine=engine, numbering=HOSTILE)
    clean, page = Page(report_html(measurement)), Page(report_html(changed))
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in clean.tags}
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert not re.search("[\x00\x1b\u202e]", page.text)


def test_a_refusal_is_plain(refused_measurement):
    page = Page(report_html(refused_measurement))
    assert "REFUSED: no score is given for this scan." in page.text
    assert "This is a T2 series. Give the sagittal T1." in page.text
    assert "times as bright" not in page.text
    assert [tag for tag, _ in page.tags].count("img") == 1


def test_without_a_scan_it_still_says_why(nothing_read):
    page = Page(report_html(nothing_read))
    assert "REFUSED" in page.text
    assert "No image was found. Check the path." in page.text
    assert "No scan was read." in page.text
    assert "img" not in [tag for tag, _ in page.tags]


@pytest.mark.parametrize("interval", [(2.71, 3.33), None])
def test_the_interval_is_shown_where_there_is_one(measurement, with_reading, interval):
    page = Page(report_html(with_reading(measurement, interval=interval)))
    assert ("95 % interval 2.71–3.33" in page.text) == (interval is not None)


def test_a_reading_without_findings_says_so(measurement, with_reading):
    page = Page(report_html(with_reading(measurement, status="ok", flags=())))
    assert "There are no findings." in page.text
    assert "OK" in page.text
