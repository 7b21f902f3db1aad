"""One row per study, that any program reads back as it was."""

import csv

import pytest

from vbq.errors import OutputError, UnreadableFileError
from vbq.measure.protocol import protocols
from vbq.report import COLUMNS, failed_row, readings_row, write_readings

AWKWARD = 'a "quoted", name;\r\nüber two lines – 椎体'


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_row_round_trips_with_all_digits(measurement, tmp_path):
    row = readings_row(AWKWARD, "in/a,b.nii.gz", measurement.reading)
    assert tuple(row) == COLUMNS
    (back,) = read(write_readings(tmp_path / "readings.csv", [row]))
    assert tuple(back) == COLUMNS
    assert back["id"] == AWKWARD
    assert back["path"] == "in/a,b.nii.gz"
    assert float(back["score"]) == 3.0175
    assert float(back["L2_mean"]) == 301.25
    assert float(back["L2_median"]) == 300.5
    assert back["csf_level"] == "L3"
    assert float(back["csf_mean"]) == 100.0
    assert float(back["mean_of_means"]) == 3.01875
    assert float(back["vbq_L1"]) == 3.0025
    assert back["levels_used"] == "L1;L2;L3;L4"
    assert back["manufacturer"] == "ACME, Inc."
    assert back["model"] == 'Scan "One"'
    assert back["echo_time_ms"] == ""
    assert float(back["pixel_bandwidth_hz"]) == 191.5
    assert float(back["slice_thickness_mm"]) == 4.0
    assert float(back["vbq_T12"]) == 2.9
    assert float(back["EBQ_csf"]) == 3.25
    assert back["vbq_S1"] == ""
    assert back["flags"] == "thick_slices;timing_unknown"
    assert back["reason"] == ""
    assert back["study_uid"] == "1.2.3"


def test_refused_and_failed_inputs_have_a_row_with_the_reason(
    refused_measurement, nothing_read, tmp_path
):
    damaged = UnreadableFileError("x.dcm is damaged.", remedy="Export it again.", code="truncated")
    rows = [
        readings_row("a", "a", refused_measurement.reading),
        readings_row("b", "b", nothing_read.reading),
        failed_row("c", "c", damaged),
        failed_row("d", "d", ValueError("Doe^Jane 1950")),
    ]
    a, b, c, d = read(write_readings(tmp_path / "readings.csv", rows))
    assert [row["status"] for row in (a, b, c, d)] == ["refused", "refused", "failed", "failed"]
    assert [row["score"] for row in (a, b, c, d)] == [""] * 4
    assert a["reason"] == "This is a T2 series. Give the sagittal T1."
    assert b["reason"] == "No image was found. Check the path."
    assert (c["flags"], c["reason"]) == ("truncated", "x.dcm is damaged. Export it again.")
    assert (d["flags"], d["reason"]) == ("internal_error", "unexpected ValueError")


def test_it_is_rfc_4180(measurement, tmp_path):
    rows = [readings_row(str(i), "p", measurement.reading) for i in range(3)]
    content = write_readings(tmp_path / "readings.csv", rows).read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 4
    assert not content.startswith(b"\xef\xbb\xbf")


def test_text_from_a_scanner_is_no_formula(measurement, with_reading, tmp_path):
    scan = measurement.reading.scan.model_copy(
        update={"manufacturer": "=HYPERLINK(1)\nx", "model": "@SUM(A1)"}
    )
    row = readings_row("x", "x", with_reading(measurement, scan=scan).reading)
    (back,) = read(write_readings(tmp_path / "readings.csv", [row]))
    assert back["manufacturer"] == "'=HYPERLINK(1) x"
    assert back["model"] == "'@SUM(A1)"


def test_an_earlier_table_survives_a_failure(measurement, tmp_path, monkeypatch):
    from vbq import files

    path = tmp_path / "readings.csv"
    row = readings_row("one", "p", measurement.reading)
    write_readings(path, [row])
    before = path.read_bytes()

    def full(path, content):
        path.write_bytes(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_readings(path, [row, row])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_every_score_that_a_reading_can_carry_has_a_column():
    carried = {p.id for p in protocols().values() if not p.not_measured}
    assert {column.removeprefix("vbq_") for column in COLUMNS} >= carried


def test_variants_have_their_columns_in_the_order_of_the_protocols():
    first = COLUMNS.index("L4_excluded_share") + 1
    columns = COLUMNS[first : COLUMNS.index("shading_corrected_sd")]
    assert columns == (
        *("median_of_means", "mean_of_means", "median_of_medians", "mean_of_medians"),
        "median_of_means_shading_corrected",
        *("vbq_L1", "vbq_L2", "vbq_L3", "vbq_L4", "vbq_S1", "vbq_T12"),
        *("EBQ_csf", "EBQ_marrow"),
    )


def test_rows_of_a_version_with_fewer_columns_stay(measurement, tmp_path):
    path = tmp_path / "readings.csv"
    write_readings(path, [readings_row("old", "p", measurement.reading)])
    (old,) = read(path)
    del old["vbq_T12"], old["slice_thickness_mm"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(old))
        writer.writeheader()
        writer.writerow(old)
    first, second = read(write_readings(path, [readings_row("new", "p", measurement.reading)]))
    assert (first["id"], second["id"]) == ("old", "new")
    assert first["score"] == old["score"]
    assert (first["vbq_T12"], second["vbq_T12"]) == ("", "2.9")


@pytest.fixture
def annotated(measurement, tmp_path):
    """A table of two readings to which a person added age and a remark."""
    path = tmp_path / "readings.csv"
    rows = [readings_row(name, "p", measurement.reading) for name in ("one", "two")]
    first, second = read(write_readings(path, rows))
    rows = [first | {"age": "71", "Befund": "kyphosis, mild"}, second | {"age": "64", "Befund": ""}]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["age", *COLUMNS, "Befund"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_columns_that_a_person_added_stay_with_their_rows(annotated, measurement):
    before = read(annotated)
    after = read(write_readings(annotated, [readings_row("three", "p", measurement.reading)]))
    assert tuple(after[0]) == (*COLUMNS, "age", "Befund")
    assert after[:2] == [{name: row[name] for name in after[0]} for row in before]
    assert (after[2]["id"], after[2]["age"], after[2]["Befund"]) == ("three", "", "")


def test_a_study_scored_again_keeps_what_a_person_wrote_beside_it(annotated, refused_measurement):
    same = read(annotated)[0]["voxels_sha256"]
    again = readings_row("one", "p", refused_measurement.reading) | {"voxels_sha256": same}
    two, one = read(write_readings(annotated, [again]))
    assert (two["id"], one["id"]) == ("two", "one")
    assert (one["status"], one["age"], one["Befund"]) == ("refused", "71", "kyphosis, mild")


def test_a_mark_that_a_spreadsheet_put_before_the_table_is_no_column(annotated, measurement):
    annotated.write_bytes(b"\xef\xbb\xbf" + annotated.read_bytes())
    assert len(read(write_readings(annotated, [readings_row("3", "p", measurement.reading)]))) == 3


def test_what_was_written_beside_one_image_is_not_said_of_another(annotated, measurement):
    row = readings_row("one", "p", measurement.reading)
    other = row | {"voxels_sha256": "f" * 64}
    elsewhere = row | {"voxels_sha256": None, "path": "q"}
    for new in (other, elsewhere):
        after = {r["id"]: r for r in read(write_readings(annotated, [new]))}
        assert (after["one"]["age"], after["two"]["age"]) == ("", "64")


def test_empty_rows_and_columns_of_a_spreadsheet_are_passed_over(annotated, measurement):
    before = read(annotated)
    lines = annotated.read_bytes().decode().splitlines()
    annotated.write_text(
        "".join(f"{line},,\r\n" for line in [*lines, "", ","]), "utf-8", newline=""
    )
    after = read(write_readings(annotated, [readings_row("three", "p", measurement.reading)]))
    assert [dict(sorted(row.items())) for row in after[:2]] == [
        dict(sorted(row.items())) for row in before
    ]
    assert "" not in after[0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"id,status\nx,married\n",
        lambda text: text.encode("utf-16"),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace("71,one", "71,1,one").encode(),
        lambda text: text.replace("Befund", "age").encode(),
        lambda text: text.replace("one,", '"one"x,').encode(),
        lambda _: b"\x89PNG\r\n\x1a\n\x00",
    ],
)
def test_what_is_no_table_of_readings_is_never_replaced(annotated, measurement, spoil):
    content = spoil(annotated.read_bytes().decode())
    annotated.write_bytes(content)
    with pytest.raises(OutputError) as caught:
        write_readings(annotated, [readings_row("new", "p", measurement.reading)])
    assert (caught.value.code, annotated.read_bytes()) == ("not_readings", content)


def test_an_empty_file_is_no_obstacle(measurement, tmp_path):
    path = tmp_path / "readings.csv"
    path.touch()
    assert len(read(write_readings(path, [readings_row("x", "p", measurement.reading)]))) == 1


def test_no_rows_is_a_table_too(tmp_path):
    assert read(write_readings(tmp_path / "readings.csv", [])) == []


def test_a_path_that_is_not_utf_8_can_be_written(measurement, tmp_path):
    row = readings_row("x", b"caf\xe9".decode("utf-8", "surrogateescape"), measurement.reading)
    path = write_readings(tmp_path / "readings.csv", [row])
    assert b"caf\xe9" in path.read_bytes()
    write_readings(path, [readings_row("y", "p", measurement.reading)])
    assert b"caf\xe9" in path.read_bytes()  # also in the row of an earlier run
