"""The page: self-contained, readable without sight, safe, and honest about simulation."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from vbq.report.study.page import report_html
from vbq.report.study.sections import compose

VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Elements of a page, checked to be closed in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(report):
    return Page(report_html(report).decode())


def test_nothing_comes_from_elsewhere(report, page):
    text = report_html(report).decode()
    assert not page.all("script")
    assert not page.all("link")
    assert all(one["src"].startswith("data:image/svg+xml;base64,") for one in page.all("img"))
    assert all(one["href"].startswith("#") for one in page.all("a"))
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_tables_and_figures_can_be_read_aloud(report, page):
    tables = page.all("table")
    assert len(tables) == len(page.all("caption")) == len(report.tables)
    assert {one.get("scope") for one in page.all("th")} == {"col", "row", "colgroup"}
    assert len(page.all("img")) == len(report.figures) == 2
    assert all(len(one["alt"]) > 20 for one in page.all("img"))
    assert page.all("html")[0]["lang"] == "en"
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in page.all("a")} <= set(ids)


def test_tables_are_numbered_and_the_patients_are_table_1(page):
    text = "".join(page.text)
    assert "Table 1. Patients with and without the event" in text
    assert "Figure 1. Participant flow" in text


def test_what_the_plan_says_is_text_and_not_html(page):
    assert "Bone <quality> & fractures" in "".join(page.text)
    assert not page.all("quality")


def test_every_section_says_that_the_patients_are_simulated(report, page):
    text = "".join(page.text)
    assert text.count("SIMULATED") >= len(report.sections) + 1
    assert "SIMULATED: Bone" in text
    assert text.count("(simulated patients)") == len(report.tables)


def test_real_patients_are_not_called_simulated(whole):
    text = report_html(compose(replace(whole, simulated=False), ())).decode()
    assert "simulated" not in "".join(Page(text).text).lower()


def test_no_patient_is_named(report):
    assert "SECRET" not in report_html(report).decode()


def test_the_printed_page_repeats_its_headings(report):
    text = report_html(report).decode()
    assert "display: table-header-group" in text
    assert "@page" in text
    assert "break-inside: avoid" in text


def test_control_characters_of_a_plan_do_not_reach_the_page(whole):
    plan = whole.plan.model_copy(update={"title": "A\x00\u202eB\nC"})
    text = report_html(compose(replace(whole, plan=plan), ())).decode()
    assert "<h1>AB C</h1>" in text
