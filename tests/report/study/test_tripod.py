"""The checklist has every item once, and claims nothing for the authors."""

from dataclasses import replace

from vbq.report.study.sections import compose
from vbq.report.study.tripod import AUTHORS, checklist

# items with parts, and how many
PARTS = {3: 3, 5: 2, 6: 3, 8: 3, 9: 3, 12: 7, 18: 6, 20: 3, 23: 2, 27: 3}
NUMBERS = [
    f"{item}{letter}" for item in range(1, 28) for letter in "abcdefg"[: PARTS.get(item, 0)] or [""]
]


def test_all_27_items_are_there_in_order(whole, abstract):
    for analysis in (whole, abstract):
        items = checklist(analysis)
        assert [item.number for item in items] == NUMBERS
        assert all(item.item and item.answer and item.reported_in for item in items)


def test_where_names_sections_that_the_report_has(whole):
    titles = {section.title for section in compose(whole, ()).sections}
    where = {item.reported_in for item in checklist(whole)} - {"–", "Title", "Summary"}
    assert where <= titles


def test_what_a_run_cannot_know_is_left_to_the_authors(whole):
    items = {item.number: item for item in checklist(whole)}
    for number in ("3a", "6a", "8c", "17", "18a", "18d", "19", "27c"):
        assert items[number].answer.startswith(AUTHORS)
        assert items[number].reported_in == "–"


def test_what_the_run_knows_is_filled_in(whole, abstract):
    items = {item.number: item.answer for item in checklist(whole)}
    full = whole.added_value.models["full"]
    assert "160 patients, 67 events" in items["10"]
    assert f"corrected for optimism {full['auc'].corrected:.3f}" in items["23a"]
    assert "field strength" in items["12d"]
    assert "No predictor of the model was missing" in items["11"]
    gaps = {item.number: item.answer for item in checklist(abstract)}
    assert gaps["11"].startswith("3 imputations by chained equations")
    assert gaps["12d"].startswith(AUTHORS)
    calm = checklist(replace(whole, findings=()))
    assert any("raised no caution" in item.answer for item in calm)
