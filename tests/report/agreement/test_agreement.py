"""An agreement study as a page, a table, JSON and figures; and the table it comes from."""

import csv
import json
import re
from base64 import b64decode
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from vbq.agreement.subjects import read_long_table
from vbq.errors import InputError, UnreadableFileError, UsageError
from vbq.report.agreement.folder import write_agreement
from vbq.stats.agreement.agreement import agreement

HOSTILE = '=<script>alert(1)</script>"$x_1^2$ {{ 7*7 }}'


def write(path, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def study(path, names=("A", "B"), n=12, seed=0):
    rng = np.random.default_rng(seed)
    rows = [["subject", "reader", "vbq"]]
    for subject, truth in enumerate(rng.normal(3, 0.5, n)):
        rows += [[f"Doe^{subject}", name, f"{truth + rng.normal(0, 0.1):.4f}"] for name in names]
    return write(path, rows)


class Page(HTMLParser):
    def __init__(self, content):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(content)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agreement")
    readings = read_long_table(study(folder / "r.csv", ("A", HOSTILE)))
    statistics = agreement(readings.values, readings.names)
    write_agreement(folder / "out", readings, statistics)
    return folder / "out", readings, statistics


@pytest.fixture
def quick_figures(monkeypatch):
    """Figures are slow and tested elsewhere."""
    from vbq.report.agreement import folder as module

    picture = {"svg": b"<svg/>", "png": b""}
    monkeypatch.setattr(module, "figure_bytes", lambda _: picture)
    for name in ("draw_bland_altman", "draw_comparison"):
        monkeypatch.setattr(module, name, lambda *_, **__: None)


# --- the table


def test_rows_of_any_order_become_one_row_a_subject(tmp_path):
    path = write(
        tmp_path / "t.csv",
        [["Subject", "reader", "score", "x"], ["p1", "A", "1", ""], ["p2", "B", "4", ""],
         ["p1", "B", "2", ""], ["p3", "A", "5", ""], ["p2", "A", "3", ""], ["p3", "B", "6", ""],
         [], ["p4", "A", "7", ""], ["p5", "A", "8", ""], ["p5", "B", "NA", ""]],
    )  # fmt: skip
    table = read_long_table(path)
    assert table.names == ("A", "B")
    assert table.values.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert table.subjects == 5
    assert table.missing == {"A": 0, "B": 2}
    assert (table.subject_column, table.reader_column, table.value_column) == (
        "Subject", "reader", "score"
    )  # fmt: skip


def test_a_spreadsheet_with_semicolons_decimal_commas_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "t.csv"
    rows = "id;Scan;vbq\r\n" + "".join(
        f"{i};{scan};{i + scan / 10:.1f}\r\n".replace(".", ",")
        for i in (1, 2, 3)
        for scan in (1, 2)
    )
    path.write_bytes(rows.encode("utf-8-sig"))
    assert read_long_table(path).values.tolist() == [[1.1, 1.2], [2.1, 2.2], [3.1, 3.2]]


def test_columns_with_unusual_names(tmp_path):
    rows = [["who", "tool", "reader", "L1"]]
    rows += [[i, tool, "r", i + tool] for i in (1, 2, 3) for tool in (1, 2)]
    path = write(tmp_path / "t.csv", rows)
    table = read_long_table(path, subject="who", reader="tool", value="L1")
    assert table.values.tolist() == [[2, 3], [3, 4], [4, 5]]


LONG = ["subject", "reader", "vbq"]


@pytest.mark.parametrize(
    ("rows", "options", "error", "message"),
    [
        ([["a", "reader", "vbq"], [1, 2, 3]], {}, UsageError, "no column subject or .*--subject"),
        ([["subject", "who", "vbq"], [1, 2, 3]], {}, UsageError, "it has subject, who, vbq.*--by"),
        ([["subject", "reader", "scan", "vbq"], [1, 2, 3, 4]], {}, UsageError,
         "several .* reader, scan.*--by"),
        ([LONG, [1, 2, 3]], {"value": "L9"}, UsageError, "no column L9"),
        ([LONG, [1, 2, 3]], {"reader": "subject"}, UsageError,
         "three different"),
        ([LONG], {}, UnreadableFileError, "no rows"),
        ([LONG, ["1", "A"]], {}, UnreadableFileError, "row 2 has 2 cells"),
        ([LONG, ["1", "", "3"]], {}, InputError, "reader in row 2 is empty"),
        ([LONG, ["1", "A", "high"]], {}, InputError, "vbq in row 2 is not a number"),
        ([LONG, ["1", "A", "inf"]], {}, InputError, "not a number"),
        ([LONG, *[["Doe", "A", "3"]] * 2], {}, InputError,
         "subject in row 3 already has a reading with reader A"),
        ([LONG, *[[i, r, 3] for i in "12" for r in "AB"]], {}, InputError,
         "only 2 of 2 subjects have a reading for each of the 2"),
        ([LONG, *[[i, i, 3] for i in range(30)]], {}, UsageError,
         "30 different entries, not 2 to 12"),
        ([], {}, UnreadableFileError, "is empty"),
    ],
)  # fmt: skip
def test_an_unsuitable_table_is_refused_in_one_line(tmp_path, rows, options, error, message):
    with pytest.raises(error) as caught:
        read_long_table(write(tmp_path / "t.csv", rows), **options)
    assert re.search(message, str(caught.value))
    assert "\n" not in str(caught.value)
    assert "Doe" not in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"PK\x03\x04\xff\xfe", b"\x00\x01\x02", b'a,"b\n1,2\n'])
def test_what_is_not_a_table_is_refused(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"damaged workbook|not a table|is not CSV"):
        read_long_table(tmp_path / "t.csv")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_long_table(tmp_path)


def test_an_ambiguous_decimal_sign_is_refused(tmp_path):
    """The table of the audit: 3,1 beside 3.1 and 1,234 between tabs."""
    cells = ("3,1", "3.1", "1,234", "3.2", "3.4", "3.2")
    rows = [["subject", "reader", "vbq"]]
    rows += [[i // 2, "AB"[i % 2], cell] for i, cell in enumerate(cells)]
    with pytest.raises(InputError, match=r"t\.csv: vbq mixes decimal commas \(in rows 2, 4\)"):
        read_long_table(write(tmp_path / "t.csv", rows, "\t"))


# --- the results


@pytest.mark.parametrize(
    ("column", "name", "absent"),
    [
        ("repeat", "repeatability", "reproducibility"),
        ("Rescan", "repeatability", "reproducibility"),
        ("scan", "repeatability", "reproducibility"),
        ("reader", "reproducibility", "repeatability"),
        ("method", "reproducibility", "repeatability"),
        ("scanner", "reproducibility", "repeatability"),
        ("=<b>", "reproducibility", "repeatability"),
    ],
)
@pytest.mark.usefixtures("quick_figures")
def test_the_coefficient_is_named_after_the_column(tmp_path, column, name, absent):
    rng = np.random.default_rng(2)
    rows = [["subject", column, "vbq"]]
    for i, truth in enumerate(rng.normal(3, 0.5, 12)):
        rows += [[i, k, truth + rng.normal(0, 0.1)] for k in "AB"]
    readings = read_long_table(write(tmp_path / "t.csv", rows), reader=column)
    statistics = agreement(readings.values, readings.names)
    files = write_agreement(tmp_path / "out", readings, statistics)
    page = Page(files["agreement.html"].read_text(encoding="utf-8"))
    head = page.text[: page.text.index("All readings")]
    assert f"{name} coefficient" in head
    assert f"{absent} coefficient" not in head
    assert ("MDC95" in head) == (name == "repeatability")
    assert f"Here the column is {column}." in page.text
    with files["agreement.csv"].open(newline="", encoding="utf-8") as file:
        rows = {row["statistic"]: row for row in csv.DictReader(file)}
    assert float(rows[f"{name} coefficient"]["estimate"]) == statistics.repeatability.coefficient
    assert f"{absent} coefficient" not in rows
    document = json.loads(files["agreement.json"].read_text(encoding="utf-8"))
    assert document["coefficient"] == f"{name} coefficient"


@pytest.mark.usefixtures("quick_figures")
def test_rounding_errors_are_0(tmp_path):
    """A second reader of the same mean, and a third i is the first and a tenth."""
    rows = [["subject", "reader", "vbq"]]
    first, second = (2.3, 3.1, 2.9, 3.4), (2.2, 3.2, 2.6, 3.7)
    for i, (a, b) in enumerate(zip(first, second, strict=True)):
        rows += [[i, "A", a], [i, "B", b], [i, "C", a + 0.1]]
    readings = read_long_table(write(tmp_path / "t.csv", rows))
    assert 0 < abs((readings.values[:, 0] - readings.values[:, 1]).mean()) < 1e-15
    statistics = agreement(readings.values, readings.names)
    a_b, a_c, _ = statistics.pairs
    assert a_b.bland_altman.bias == 0
    assert a_c.bland_altman.bias == pytest.approx(-0.1)
    assert a_c.bland_altman.sd == 0
    files = write_agreement(tmp_path / "out", readings, statistics)
    for name in ("agreement.html", "agreement.csv"):
        assert "e-1" not in files[name].read_text(encoding="utf-8")


def test_every_file_is_there_and_names_no_subject(results):
    out, _, _ = results
    names = sorted(path.name for path in out.iterdir())
    pair = "a_script-alert-1-script-x"
    assert names == sorted(
        ["agreement.html", "agreement.csv", "agreement.json"]
        + [
            f"{kind}_{pair}.{end}"
            for kind in ("bland_altman", "comparison")
            for end in ("svg", "png")
        ]
    )
    assert not any(b"Doe" in path.read_bytes() for path in out.iterdir())


def test_the_table_carries_all_digits(results):
    out, _, statistics = results
    with (out / "agreement.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["statistic"]: row for row in csv.DictReader(file)}
    icc = statistics.correlations[0]
    assert float(rows["ICC(A,1)"]["estimate"]) == icc.estimate
    assert float(rows["ICC(A,1)"]["low"]) == icc.interval[0]
    limits = statistics.pairs[0].bland_altman
    assert float(rows["upper limit of agreement"]["high"]) == limits.upper_interval[1]
    assert float(rows["Deming slope"]["estimate"]) == statistics.pairs[0].deming.slope
    assert rows["SD of differences"]["low"] == ""
    assert rows["bias"]["second"] == f"'{HOSTILE}"  # no formula


def test_the_document_is_json_and_counts_exclusions(results):
    out, readings, statistics = results
    document = json.loads((out / "agreement.json").read_text(encoding="utf-8"))
    assert document["schema"] == "vbq-agreement-1"
    assert document["subjects_in_table"] == readings.subjects == 12
    pair = document["agreement"]["pairs"][0]
    assert pair["bland_altman"]["bias"] == statistics.pairs[0].bland_altman.bias


def test_the_page_is_self_contained_and_escapes_names(results):
    out, _, statistics = results
    content = (out / "agreement.html").read_text(encoding="utf-8")
    page = Page(content)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "a", "form"}
    assert "http://" not in content
    assert "https://" not in content
    assert HOSTILE in page.text
    assert f"{statistics.correlations[0].estimate:.3f}" in page.text
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 2
    for image in images:
        kind, data = image["src"].split(",")
        assert kind == "data:image/svg+xml;base64"
        assert ET.fromstring(b64decode(data)).tag.endswith("svg")
        assert image["alt"]


def test_the_same_readings_give_the_same_bytes_and_no_stale_figure_stays(results, tmp_path):
    out, readings, statistics = results
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "bland_altman_x_y.svg").write_text("of an earlier run")
    repeated = write_agreement(tmp_path, readings, statistics)
    for name, path in repeated.items():
        assert path.read_bytes() == (out / name).read_bytes(), name
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*repeated, "notes.txt"])


def test_a_picture_shows_its_points_where_they_belong(results):
    """The PNG of a Bland-Altman figure is mostly paper, with ink, blue and red on it."""
    from PIL import Image

    out, _, _ = results
    with Image.open(next(out.glob("bland_altman_*.png"))) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    assert (pixels == 255).all(axis=1).mean() > 0.3
    for colour in ((86, 180, 233), (213, 94, 0)):
        assert (np.abs(pixels - colour).max(axis=1) < 6).sum() > 500


def test_three_readers_one_identical_to_another(tmp_path):
    rng = np.random.default_rng(1)
    truth = rng.normal(3, 0.5, 20)
    rows = [["subject", "reader", "vbq"]]
    for i, value in enumerate(truth):
        rows += [[i, "A", value], [i, "読者", value], [i, "b", value + rng.normal(0.3, 0.1)]]
    readings = read_long_table(write(tmp_path / "t.csv", rows))
    statistics = agreement(readings.values, readings.names)
    files = write_agreement(tmp_path / "out", readings, statistics)
    page = Page(files["agreement.html"].read_text(encoding="utf-8")).text
    assert "A and 読者 are identical." in page
    assert "On average A reads 0.3" in page
    assert "lower than b" in page
    assert len(files) == 3 + 3 * 4


def test_constant_readings_have_no_icc_and_the_page_gives_the_reason(tmp_path):
    rows = [["subject", "reader", "vbq"], *[[i, r, 3] for i in range(5) for r in "AB"]]
    readings = read_long_table(write(tmp_path / "t.csv", rows))
    statistics = agreement(readings.values, readings.names)
    assert statistics.correlations == ()
    assert statistics.pairs[0].deming is None
    files = write_agreement(tmp_path / "out", readings, statistics)
    page = Page(files["agreement.html"].read_text(encoding="utf-8")).text
    assert "ICC(A,1) is undefined" in page
    assert "Passing-Bablok regression is undefined" in page


def test_three_subjects_give_unbounded_intervals(tmp_path):
    readings = read_long_table(study(tmp_path / "t.csv", n=3))
    statistics = agreement(readings.values, readings.names)
    files = write_agreement(tmp_path / "out", readings, statistics)
    assert "−∞ to ∞" in files["agreement.html"].read_text(encoding="utf-8")
    document = json.loads(files["agreement.json"].read_text(encoding="utf-8"))
    assert document["agreement"]["pairs"][0]["passing_bablok"]["slope_interval"] == [None, None]
