"""A table harmonised across scanners, with the before and after shown, or refused in one line."""

import csv
import io
import json

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from vbq.cli.reference import reference
from vbq.errors import InputError, OutputError, RefusalError, UsageError
from vbq.reference.batch_effect import batch_effect
from vbq.reference.combat import combat
from vbq.reference.harmonisation import harmonise
from vbq.reference.joined_readings import read_readings
from vbq.report.harmonisation.folder import write_harmonised

HEADER = ("id", "status", "score", "vbq_L1", "vbq_L2", "scanner", "field_strength_t", "flags",
          "age", "sex", "fracture")  # fmt: skip
N = 60


def rows(seed=0):
    """Sixty people on two scanners, 0.57 apart."""
    rng = np.random.default_rng(seed)
    table = []
    for number in range(N):
        second = number % 2
        age = 60 + int(rng.integers(0, 25))
        levels = 2.8 + 0.02 * (age - 70) - 0.57 * second + rng.normal(0, 0.4, 2)
        cells = (levels.mean(), *levels)
        table.append([
            f"p{number}", "ok", *(f"{v:.6f}" for v in cells), ("Alpha", "Beta")[second],
            (1.5, 2.89)[second], "", age, "FM"[int(rng.integers(2))], int(number % 3 == 0),
        ])  # fmt: skip
    return table


@pytest.fixture
def write(tmp_path):
    def write(table, header=HEADER, name="readings.csv"):
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *table])
        return path

    return write


def harmonised(path, batch=("scanner",), **options):
    return harmonise(read_readings(path), batch, **options)


def column(table, name):
    return np.array([float(row[HEADER.index(name)]) for row in table])


def test_the_result_is_combat_of_the_columns(write):
    harmonisation = harmonised(write(rows()), keep=["age", "sex"], features=["vbq_L1", "vbq_L2"])
    table = rows()
    values = np.column_stack([column(table, "vbq_L1"), column(table, "vbq_L2")])
    male = [row[9] == "M" for row in table]
    covariates = np.column_stack([column(table, "age"), male])
    expected = combat(values, np.arange(N) % 2, covariates.astype(float))
    np.testing.assert_array_equal(harmonisation.after, expected.adjusted)
    assert harmonisation.combat.shrunk
    assert (harmonisation.batches, harmonisation.counts) == (("Alpha", "Beta"), (30, 30))


def test_the_batch_effect_is_tested_before_and_after(write):
    harmonisation = harmonised(write(rows()))
    before, after = harmonisation.effects_before[0], harmonisation.effects_after[0]
    groups = [harmonisation.before[harmonisation.batch == b, 0] for b in (0, 1)]
    welch = stats.f_oneway(*groups)
    assert (before.f, before.p) == (pytest.approx(welch.statistic), pytest.approx(welch.pvalue))
    spread = stats.levene(*groups, center="median")
    assert before.spread_f == pytest.approx(spread.statistic)
    assert before.spread_p == pytest.approx(spread.pvalue)
    assert before.p < 0.001
    assert after.p > 0.999
    assert before.widest > 0.4
    assert after.widest < 1e-9


def test_the_test_of_means_is_the_analysis_of_covariance():
    rng = np.random.default_rng(1)
    batch, age = np.repeat([0, 1, 2], 15), rng.normal(size=45)
    values = age + rng.normal(size=45) + 0.3 * batch
    effect = batch_effect(values, batch, age[:, None])
    full = np.column_stack([batch == 0, batch == 1, batch == 2, age]).astype(float)
    residual = [
        np.linalg.lstsq(d, values)[1][0] for d in (full, np.column_stack([np.ones(45), age]))
    ]
    f = (residual[1] - residual[0]) / 2 / (residual[0] / 41)
    assert (effect.f, effect.df) == (pytest.approx(f), (2, 41))
    assert effect.p == pytest.approx(stats.f.sf(f, 2, 41))


def test_rows_without_a_reading_are_excluded_and_counted(write):
    empty = [""] * 5
    extra = [
        ["r", "refused", *empty, "no_t1", "", "", ""],
        ["c", "caution", 9, 9, 9, "Alpha", 1.5, "low_snr;contrast_agent", 60, "F", 0],
    ]
    harmonisation = harmonised(write(rows() + extra))
    assert harmonisation.excluded == {"no reading could be made": 1, "another contrast": 1}
    np.testing.assert_array_equal(harmonisation.after, harmonised(write(rows())).after)


def change(position, name, value):
    table = rows()
    table[position][HEADER.index(name)] = value
    return table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (change(4, "score", ""), r"readings\.csv: score in row 6 is missing"),
        (change(4, "score", "NA"), r"readings\.csv: score in row 6 is missing"),
        (change(4, "score", "inf"), r"readings\.csv: score in row 6 is not a number"),
        (change(4, "age", ""), r"readings\.csv: age in row 6 is missing"),
        (change(4, "age", "old"), r"readings\.csv: age in row 6 is not a number, and other cells"),
        (change(4, "scanner", " "), r"readings\.csv: scanner in row 6 is missing"),
    ],
)
def test_missing_and_bad_cells_are_named(write, table, message):
    with pytest.raises(InputError, match=message) as caught:
        harmonised(write(table), keep=["age"])
    assert "\n" not in str(caught.value)


def scanners(names):
    table = rows()
    for row, name in zip(table, names, strict=True):
        row[HEADER.index("scanner")] = name
        row[HEADER.index("field_strength_t")] = ""
    return table


@pytest.mark.parametrize(
    ("table", "keep", "code"),
    [
        (scanners(["A"] * N), [], "one_batch"),
        (scanners(["A"] * 55 + ["B"] * 5), [], "batch_too_small"),
        (scanners(["M" if row[9] == "M" else "F" for row in rows()]), ["sex"], "confounded"),
        (scanners(["A"] * 30 + ["B"] * 30), ["field_strength_t"], "missing_values"),
        (rows(), ["field_strength_t"], "confounded"),
        (rows(), ["status"], "constant_covariate"),
        (rows(), ["id"], "too_many_categories"),
        (scanners([f"A{i % 3}" for i in range(N)]), [], None),
    ],
)
def test_what_cannot_be_harmonised_is_refused(write, table, keep, code):
    path = write(table)
    if code is None:
        assert len(harmonised(path, keep=keep).batches) == 3
        return
    with pytest.raises((RefusalError, InputError)) as caught:
        harmonised(path, keep=keep)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


def test_a_batch_of_two_field_strengths_is_refused(write):
    table = rows()
    for row in table:
        row[HEADER.index("scanner")] = "AB"[int(row[0][1:]) % 4 > 1]
    with pytest.raises(RefusalError, match=r"1\.5 T and 3 T.*--batch scanner,field_strength_t"):
        harmonised(write(table))
    harmonisation = harmonised(write(table), ("scanner", "field_strength_t"))
    assert harmonisation.batches == ("A · 1.5 T", "A · 3 T", "B · 1.5 T", "B · 3 T")


def test_copies_of_a_column_are_refused(write):
    table = [[*row, row[2]] for row in rows()]
    with pytest.raises(RefusalError, match="score and median_of_means hold the same numbers"):
        harmonised(
            write(table, (*HEADER, "median_of_means")), features=["score", "median_of_means"]
        )


@pytest.mark.parametrize(
    "options",
    [{"keep": ["score"]}, {"keep": ["Age"]}, {"outcome": "scanner"}, {"features": []},
     {"features": ["vbq"]}],
)  # fmt: skip
def test_absent_or_repeated_columns_are_wrong_usage(write, options):
    with pytest.raises(UsageError):
        harmonised(write(rows()), **options)


def cautions(write, table=None, **options):
    return " ".join(harmonised(write(table or rows()), **options).cautions)


def test_cautions(write):
    assert "fracture is an outcome" in cautions(write, outcome="fracture")
    assert "fracture is an outcome" in cautions(write, keep=["fracture"])  # recognised by its name
    assert "is an outcome" not in cautions(write, keep=["age"])
    assert "No covariate was preserved" in cautions(write)
    assert "No covariate was preserved" not in cautions(write, keep=["age"])
    assert "empirical Bayes across features is undefined" in cautions(write)
    assert "undefined" not in cautions(write, features=["vbq_L1", "vbq_L2"])
    table = rows()
    for position, row in enumerate(table):
        row[HEADER.index("age")] = 60 + 20 * (position % 2) + position % 5
    assert "of the variance of age" in cautions(write, table, keep=["age"])


def run(*arguments):
    return CliRunner().invoke(reference, ["harmonise", *map(str, arguments)])


def test_the_command_writes_page_table_and_document_twice_the_same(write, tmp_path):
    path = write([row[:8] for row in rows()], HEADER[:8])
    people = write([[row[0], *row[8:]] for row in rows()], ("id", *HEADER[8:]), "people.csv")
    folders = []
    for name in ("one", "two"):
        result = run(path, "--batch", "scanner", "--people", people, "--keep", "age,sex", "-o",
                     tmp_path / name)  # fmt: skip
        assert result.exit_code == 0, result.output
        folders.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert folders[0] == folders[1]
    names = {f"harmonised.{kind}" for kind in ("html", "csv", "json", "svg", "png")}
    assert set(folders[0]) == names
    table = list(csv.DictReader(io.StringIO(folders[0]["harmonised.csv"].decode())))
    assert list(table[0]) == ["id", "batch", "score", "score_harmonised"]
    expected = harmonise(read_readings(path, people), ["scanner"], keep=["age", "sex"])
    assert [float(row["score_harmonised"]) for row in table] == expected.after[:, 0].tolist()
    document = json.loads(folders[0]["harmonised.json"])
    assert [b["n"] for b in document["batches"]] == [30, 30]
    assert document["features"][0]["before"]["p"] < 0.001 < document["features"][0]["after"]["p"]
    page = folders[0]["harmonised.html"].decode()
    for phrase in (
        "Alpha",
        "Covariates preserved: age, sex",
        "sex: M",
        "by construction",
        "Research use",
    ):
        assert phrase in page
    for name in ("harmonised.html", "harmonised.json"):
        assert b"p17" not in folders[0][name]  # ids are in the table only


def test_names_from_the_table_stay_text(write, tmp_path):
    names = {"Alpha": "=<script>$x", "Beta": "b\u202e$ B"}
    table = [[names.get(str(cell), cell) for cell in row] for row in rows()]
    write_harmonised(tmp_path / "out", harmonised(write(table)))
    page = (tmp_path / "out" / "harmonised.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    text = (tmp_path / "out" / "harmonised.csv").read_text("utf-8")
    assert ",'=<script>$x," in text


def test_an_earlier_run_is_replaced_whole(write, tmp_path):
    out = tmp_path / "out"
    write_harmonised(out, harmonised(write(rows()), features=["vbq_L1", "vbq_L2"]))
    (out / "mine.txt").write_text("mine")
    write_harmonised(out, harmonised(write(rows())))
    assert {p.name for p in out.iterdir()} == {"mine.txt", *(
        f"harmonised.{kind}" for kind in ("html", "csv", "json", "svg", "png"))}  # fmt: skip


def test_nothing_is_left_behind_if_writing_fails(write, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutputError):
        write_harmonised(blocked, harmonised(write(rows())))
    assert blocked.read_text() == "in the way"
    result = run(write(scanners(["A"] * N)), "--batch", "scanner", "-o", tmp_path / "out")
    assert isinstance(result.exception, RefusalError)
    assert not (tmp_path / "out").exists()
