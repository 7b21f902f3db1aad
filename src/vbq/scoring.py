"""Score studies: paths in, a reading per study out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from vbq.anatomy import find_anatomy
from vbq.anatomy.anatomy import Anatomy
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.anatomy.segmenter import Segmenter
from vbq.errors import InputError, RefusalError, UsageError, VBQError
from vbq.files import candidate_names
from vbq.finding import Finding
from vbq.measure import STANDARD, Measurement, Reading, Roi, measure_scan, refused
from vbq.measure.checks.suitable_image import require_suitable_image
from vbq.measure.regions.manual_rois import file_findings, read_rois
from vbq.measure.regions.roi_placement import anatomy_of_rois
from vbq.reference import SiteNorm, compare
from vbq.reference.population import Sex
from vbq.scan import (
    RankedSeries,
    Scan,
    Series,
    Source,
    best_series,
    exclude_label_maps,
    find_series,
    group_by_study,
    rank_series,
    select_series,
)
from vbq.scan.formats.registry import without_suffix

__all__ = ["StudyResult", "score"]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """The result of one study.

    Attributes:
        name: A short name for folders and tables: that of the file or folder the user gave, or one
            made from the study UID where a path holds several studies. Never a patient name.
        path: The path the user gave.
        measurement: The reading with the images behind it; refused where none could be made.
        ranked_series: The series of the study, and why each was chosen or not.
    """

    name: str
    path: Path
    measurement: Measurement
    ranked_series: tuple[RankedSeries, ...] = ()

    @property
    def reading(self) -> Reading:
        """The reading."""
        return self.measurement.reading


def score(
    *paths: Path | str,
    series: str | None = None,
    labels: Path | str | None = None,
    rois: Path | str | None = None,
    segmenter: Segmenter | None = None,
    age: float | None = None,
    sex: Sex | None = None,
    site: SiteNorm | None = None,
) -> Iterator[StudyResult]:
    """Score every study found under the paths, one at a time.

    A study that cannot be read or scored gives a refused reading with the reason; it never stops
    the others. A mistake in ``labels`` or ``rois`` is raised: it is not a fault of the study.

    Args:
        paths: Files, folder trees or zip archives.
        series: Use this series instead of choosing one: its number, UID or description.
        labels: A label map to take the anatomy from; for a single study only.
        rois: Regions drawn by hand, in place of those the program would find; for a single study
            only. A JSON file, a label map or a DICOM SEG; see ``docs/rois.md``.
        segmenter: The engine that finds the anatomy; the built-in network by default.
        age: Age of the patient in years, to compare with reference populations.
        sex: ``"F"`` or ``"M"``, for the same purpose.
        site: Norm of the site, compared with in addition to the published populations.

    Raises:
        UsageError: ``labels`` or ``rois`` with more than one study, ``labels`` together with a
            ``segmenter``, or no such ``series`` in the only study.
        InputError: ``labels`` or ``rois`` cannot be read, or do not lie on the scan.
    """
    if labels is not None and segmenter is not None:
        raise UsageError(
            "A label map and an engine cannot be used together: both define the anatomy.",
            remedy="Give one of them.",
        )
    supplied_files = tuple(Path(path) for path in (labels, rois) if path is not None)
    if supplied_files and len(paths) > 1:
        raise _more_than_one_study()
    if labels is not None:
        from vbq.anatomy.label_map import LabelMap

        segmenter = LabelMap.read(labels)
    request = _Request(series, rois, supplied_files, segmenter, age, sex, site)
    used_names: set[str] = set()
    for path in map(Path, paths):
        for result in _score_path(path, request):
            name = next(n for n in candidate_names(result.name) if n.casefold() not in used_names)
            used_names.add(name.casefold())
            measurement = replace(result.measurement, supplied_files=supplied_files)
            yield replace(result, name=name, measurement=measurement)


@dataclass(frozen=True, slots=True)
class _Request:
    """What the user asked for, besides the paths."""

    series: str | None
    rois: Path | str | None
    supplied_files: tuple[Path, ...]  # the label map and the regions, which belong to one scan
    segmenter: Segmenter | None
    age: float | None
    sex: Sex | None
    site: SiteNorm | None


def _score_path(path: Path, request: _Request) -> Iterator[StudyResult]:
    try:
        listing = find_series(path)
    except VBQError as error:
        yield StudyResult(_stem(path), path, refused(error))
        return
    studies = exclude_label_maps(group_by_study(listing.series), request.series)
    if len(studies) == 1:
        if request.series is not None:
            select_series(studies[0], request.series)  # wrong usage if the only study has no such
        yield _score_study(_stem(path), path, studies[0], request, listing.problems)
        return
    if request.supplied_files:
        raise _more_than_one_study()
    for study in studies:
        yield _score_study(_study_name(study[0].source), path, study, request)
    if listing.problems:  # the study that these files belong to is not known
        name = f"{_stem(path)}-unreadable"
        yield StudyResult(name, path, refused(_unreadable(listing.problems)))


def _score_study(
    name: str,
    path: Path,
    study: Sequence[Series],
    request: _Request,
    problems: Sequence[VBQError] = (),
) -> StudyResult:
    ranked = tuple(rank_series(study))
    findings = _unreadable_findings(problems)
    try:
        if request.series is None:
            candidates = _candidates(ranked)
        else:
            candidates = [select_series(study, request.series)]
            findings += _overridden_findings(candidates[0], ranked)
    except VBQError as error:
        return StudyResult(name, path, refused(error), ranked)
    try:
        measurement = _score_candidates(candidates, request, findings)
        compared = compare(measurement.reading, age=request.age, sex=request.sex, site=request.site)
        measurement = replace(measurement, reading=compared)
    except InputError:  # the label map or the regions supplied are at fault
        raise
    except VBQError as error:
        measurement = refused(error)
    except Exception as error:  # noqa: BLE001 - one bad study never stops the others
        unexpected = VBQError(
            f"Unexpected {type(error).__name__} while scoring this study.",
            remedy="Please report it with the output of 'vbq inspect'.",
            code="internal_error",
        )
        measurement = refused(unexpected)
    return StudyResult(name, path, measurement, ranked)


def _score_candidates(
    candidates: Sequence[Series], request: _Request, findings: Sequence[Finding]
) -> Measurement:
    """The measurement of the first series that can be scored; else the first refusal.

    Where a label map or regions were supplied that do not fit every series, the first refusal of a
    series that they fit.

    Raises:
        InputError: no series is scored, and the label map or the regions fit none that can be read.
    """
    refusals: list[Measurement] = []
    fitting_refusals: list[Measurement] = []
    misfit: InputError | None = None
    for candidate in candidates:
        try:
            measurement, suitable = _score_series(candidate, request, findings)
        except InputError as error:  # they may have been drawn on the next series
            misfit = misfit or error
            continue
        if measurement.reading.status != "refused":
            return measurement
        refusals.append(measurement)
        if suitable:
            fitting_refusals.append(measurement)
    if misfit is None:
        return refusals[0]
    if fitting_refusals:
        return fitting_refusals[0]
    raise misfit


def _score_series(
    series: Series, request: _Request, findings: Sequence[Finding]
) -> tuple[Measurement, bool]:
    """The measurement, and whether the image was suitable for a label map or regions.

    Raises:
        InputError: the label map or the regions supplied do not fit.
    """
    scan = None
    try:
        scan = series.load()
        scan = replace(scan, flags=(*scan.flags, *findings))
        require_suitable_image(scan)
    except VBQError as error:
        return refused(error, scan=scan), False
    try:
        if request.rois is None:
            return measure_scan(scan, find_anatomy(scan, segmenter=request.segmenter)), True
        rois = read_rois(request.rois, scan)
        scan = replace(scan, flags=(*scan.flags, *file_findings(request.rois, scan)))
        anatomy = _anatomy_for_rois(rois, scan, request.segmenter)
        return measure_scan(scan, anatomy, rois=rois), True
    except VBQError as error:
        if request.supplied_files and isinstance(error, InputError):  # not a fault of the scan
            raise
        return refused(error, scan=scan), True


def _anatomy_for_rois(rois: Sequence[Roi], scan: Scan, segmenter: Segmenter | None) -> Anatomy:
    """The anatomy; where none is found, regions that suffice for a score take its place."""
    try:
        return find_anatomy(scan, segmenter=segmenter)
    except RefusalError as error:
        names = {roi.name for roi in rois if roi.used}
        levels = names & {LEVEL_NAMES[n] for n in STANDARD.levels}
        if len(levels) < STANDARD.fewest_levels or "CSF" not in names:
            raise
        return anatomy_of_rois(scan, rois, error)


def _candidates(ranked: Sequence[RankedSeries]) -> list[Series]:
    """The series worth trying, best first.

    Raises:
        RefusalError: there is none; its message gives the reasons.
    """
    acceptable = [choice.series for choice in ranked if choice.verdict != "rejected"]
    return acceptable or [best_series(ranked)]


def _stem(path: Path) -> str:
    """Name of a file or folder that is safe as the name of results."""
    name = without_suffix(path.resolve().name, (".zip", ".dcm"))
    # it must not hide a folder, look like an option or be a formula in a spreadsheet
    return name.lstrip(". =+-@\t").rstrip(". ") or "study"


def _study_name(source: Source) -> str:
    """A name that distinguishes studies without naming a patient: from the UID or the file."""
    if source.study_uid is None:
        return _stem(Path(source.path))
    return f"study-{sha256(source.study_uid.encode()).hexdigest()[:10]}"


def _unreadable(problems: Sequence[VBQError]) -> VBQError:
    first = problems[0]
    count = "A file" if len(problems) == 1 else f"{len(problems)} files"
    return VBQError(
        f"{count} besides the scan could not be read. {first.message}",
        remedy=first.remedy,
        code="files_unreadable",
    )


def _unreadable_findings(problems: Sequence[VBQError]) -> list[Finding]:
    if not problems:
        return []
    error = _unreadable(problems)
    return [Finding(error.code, "caution", str(error), {"files": len(problems)})]


def _overridden_findings(series: Series, ranked: Sequence[RankedSeries]) -> list[Finding]:
    """Whether the series that a person named would have been rejected."""
    (choice,) = (choice for choice in ranked if choice.series is series)
    if choice.verdict != "rejected":
        return []
    message = f"This series was selected by hand; it would have been rejected: {choice.reason}."
    return [Finding("series_overridden", "caution", message)]


def _more_than_one_study() -> UsageError:
    return UsageError(
        "A label map or a file of regions belongs to one scan, but there is more than one study.",
        remedy="Give the path of the study that it was drawn on.",
    )
