"""One base template, one style sheet and one figure style for the pages of all reports."""

import re
from pathlib import Path

import pytest

import vbq.report
from vbq.report.colours import page_colours
from vbq.report.page import RESEARCH_USE, page_bytes

FOLDER = Path(vbq.report.__file__).parent
PAGES = sorted(FOLDER.glob("*/*.html.j2"))


def test_there_is_a_template_for_every_report():
    assert [path.parent.name for path in PAGES] == [
        "agreement", "harmonisation", "reading", "study", "validation",
    ]  # fmt: skip


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_every_page_extends_the_base_and_brings_no_style_of_its_own(path):
    template = path.read_text(encoding="utf-8")
    assert '{% extends "base.html.j2" %}' in template
    assert not re.search(r"<style|<head>|<footer|<script|<link", template)


def test_only_the_figure_style_sets_parameters_and_writes_files():
    calls = re.compile(r"rc_context|rcParams|savefig|figsize")
    users = [p.name for p in FOLDER.rglob("*.py") if calls.search(p.read_text(encoding="utf-8"))]
    assert users == ["figure_style.py"]


def test_every_colour_of_a_page_comes_from_colours():
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    sources = [style, *(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.j2"))]
    written = {colour for source in sources for colour in re.findall(r"#[0-9a-f]{3,6}\b", source)}
    assert written == {"#fff", "#000"}
    assert set(re.findall(r"var\(--([\w-]+)\)", style)) == set(page_colours())


def test_the_base_says_research_use_and_needs_nothing_else():
    base = (FOLDER / "base.html.j2").read_text(encoding="utf-8")
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    assert "default-src 'none'" in base
    assert "<footer><strong>{{ research_use }}</strong>" in base
    assert not re.search(r"@import|url\(|https?:", base + style)
    context = {"met": 1, "claims": 1, "missed": [], "topics": [], "scans": 1, "spines": 1,
               "refusals": [], "images": [], "seed": 0, "model": "ab"}  # fmt: skip
    page = page_bytes("validation/validation.html.j2", **context).decode()
    assert f"<strong>{RESEARCH_USE}</strong>" in page
    assert "All claims are met." in page
