"""The whole journey for people who want the result: paths in, a reading per study out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import VBQError
from vbq.flag import Flag
from vbq.measure import Measurement, refused, take_reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vbq.anatomy.segmenter import Segmenter
    from vbq.measure import Reading
    from vbq.scan import Choice, Series, Source

__all__ = ["StudyResult", "score"]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """What came of one study.

    Attributes:
        name: A short name for folders and tables: of the file or folder the user gave, or made
            from the study's UID where one path holds several studies. Never a patient's name.
        path: The path the user gave.
        measurement: The reading and what is behind it; refused where none could be made.
        choices: The series of the study and why each was chosen or not.
    """

    name: str
    path: Path
    measurement: Measurement
    choices: tuple[Choice, ...] = ()

    @property
    def reading(self) -> Reading:
        """The reading."""
        return self.measurement.reading


def score(
    *paths: Path | str, series: str | None = None, segmenter: Segmenter | None = None
) -> Iterator[StudyResult]:
    """Score every study found under the paths, one at a time.

    A study that cannot be read or scored gives a refused reading that says why; it never stops
    the others.

    Args:
        paths: Files, folder trees or zip archives.
        series: Use this series instead of choosing: its number, UID or description.
        segmenter: The engine that finds the anatomy; the built-in network unless given.
    """
    taken: Counter[str] = Counter()
    for path in map(Path, paths):
        for result in _score_path(path, series, segmenter):
            taken[result.name] += 1
            again = taken[result.name]
            yield result if again == 1 else replace(result, name=f"{result.name}-{again}")


def _score_path(
    path: Path, wanted: str | None, segmenter: Segmenter | None
) -> Iterator[StudyResult]:
    from vbq.scan import find_series, group_by_study

    try:
        found = find_series(path)
    except VBQError as error:
        yield StudyResult(_stem(path), path, refused(error))
        return
    studies = group_by_study(found.series)
    if len(studies) == 1:
        yield _score_study(_stem(path), path, studies[0], wanted, segmenter, found.problems)
        return
    for study in studies:
        yield _score_study(_name(study[0].source), path, study, wanted, segmenter)
    if found.problems:  # which study they belong to is not known; they are not passed over
        name = f"{_stem(path)}-unreadable"
        yield StudyResult(name, path, refused(_unreadable(found.problems)))


def _score_study(
    name: str,
    path: Path,
    members: Sequence[Series],
    wanted: str | None,
    segmenter: Segmenter | None,
    problems: Sequence[VBQError] = (),
) -> StudyResult:
    from vbq.scan import choose, select

    choices: tuple[Choice, ...] = ()
    try:
        if wanted is None:
            choices = tuple(choose(members))
            in_order = _in_order(choices)
        else:
            in_order = [select(members, wanted)]
        measurement = _first_that_scores(in_order, segmenter, problems)
    except VBQError as error:
        measurement = refused(error)
    except Exception as error:  # noqa: BLE001 - one bad study never stops the rest
        unexpected = VBQError(
            f"Unexpected {type(error).__name__} while scoring this study.",
            remedy="Please report it with the output of 'vbq inspect'.",
            code="internal_error",
        )
        measurement = refused(unexpected)
    return StudyResult(name, path, measurement, choices)


def _first_that_scores(
    in_order: Sequence[Series], segmenter: Segmenter | None, problems: Sequence[VBQError]
) -> Measurement:
    """The first series whose image bears out that it can be scored; else the first refusal."""
    first: Measurement | None = None
    for candidate in in_order:
        measurement = _score_series(candidate, segmenter, problems)
        if measurement.reading.status != "refused":
            return measurement
        first = first or measurement
    assert first is not None
    return first


def _score_series(
    series: Series, segmenter: Segmenter | None, problems: Sequence[VBQError]
) -> Measurement:
    from vbq.anatomy import find_anatomy
    from vbq.measure.quality import stop_if_meaningless

    scan = None
    try:
        scan = series.load()
        if problems:
            error = _unreadable(problems)
            flag = Flag(error.code, "caution", str(error), {"files": len(problems)})
            scan = replace(scan, flags=(*scan.flags, flag))
        stop_if_meaningless(scan)
        return take_reading(scan, find_anatomy(scan, segmenter=segmenter))
    except VBQError as error:
        return refused(error, scan=scan)


def _stem(path: Path) -> str:
    name = path.resolve().name
    for suffix in (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd", ".zip", ".dcm"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name or "study"


def _name(source: Source) -> str:
    """A name that tells studies apart and no patient: from the UID, or the volume's own file."""
    if source.study_uid is None:
        return _stem(Path(source.path))
    return f"study-{sha256(source.study_uid.encode()).hexdigest()[:10]}"


def _unreadable(problems: Sequence[VBQError]) -> VBQError:
    first = problems[0]
    count = "A file" if len(problems) == 1 else f"{len(problems)} files"
    return VBQError(
        f"{count} beside the scan could not be read. {first.message}",
        remedy=first.remedy,
        code="files_unreadable",
    )


def _in_order(choices: Sequence[Choice]) -> list[Series]:
    """The series worth trying, best first."""
    from vbq.scan import best

    acceptable = [choice.series for choice in choices if choice.verdict != "rejected"]
    return acceptable or [best(choices)]  # which says why there is none
