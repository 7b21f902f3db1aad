"""Which series of a study is the sagittal T1, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vbq.errors import InputError, NoScanFoundError, UsageError
from vbq.scan.contrast_agent import contrast_agent_source
from vbq.scan.description import meanings, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vbq.scan.scan import Acquisition
    from vbq.scan.series import Series

__all__ = ["RankedSeries", "best_series", "exclude_label_maps", "rank_series", "select_series"]

Verdict = Literal["chosen", "candidate", "rejected"]

# Spin echo, milliseconds.
LONGEST_T1_TE = 30.0
SHORTEST_T2_TE = 60.0
LONGEST_T1_TR = 1000.0
LONGEST_NAMED_T1_TR = 1500.0  # if the description says T1 as well
LONGEST_STIR_TI = 350.0
LONGEST_T1_FLAIR_TI = 1300.0


@dataclass(frozen=True, eq=False)
class RankedSeries:
    """What became of one series.

    Attributes:
        series: The series.
        verdict: ``"chosen"``; ``"candidate"`` (it may be the T1: another is preferred, or only
            the image can tell); ``"rejected"``.
        reason: Why, in a few words.
        rank: 1 for the best; rejected series follow in their order.
    """

    series: Series
    verdict: Verdict
    reason: str
    rank: int


def rank_series(series_of_one_study: Iterable[Series]) -> list[RankedSeries]:
    """Judge every series of a study; at most one is chosen.

    A series is never chosen on a guess: where nothing says how it is weighted it stays a
    candidate, for the image to decide.

    Args:
        series_of_one_study: From `vbq.scan.group_by_study`.

    Returns:
        One choice a series, the best first.
    """
    possible: list[tuple[tuple[float, ...], Series, bool, str]] = []
    rejected: list[tuple[Series, str]] = []
    for series in series_of_one_study:
        reason = _unsuitable(series)
        if reason:
            rejected.append((series, reason))
            continue
        certain, reason = _certainty(series)
        possible.append((_merit(series, certain=certain), series, certain, reason))
    possible.sort(key=lambda one: one[0], reverse=True)

    choices: list[RankedSeries] = []
    for rank, (_, series, certain, reason) in enumerate(possible, 1):
        if rank == 1 and certain:
            choices.append(RankedSeries(series, "chosen", reason, rank))
        elif certain:
            preferred = f"{reason}; {choices[0].series.name} is preferred"
            choices.append(RankedSeries(series, "candidate", preferred, rank))
        else:
            choices.append(RankedSeries(series, "candidate", reason, rank))
    start = len(choices) + 1
    choices += [
        RankedSeries(one, "rejected", why, start + n) for n, (one, why) in enumerate(rejected)
    ]
    return choices


def best_series(choices: Sequence[RankedSeries]) -> Series:
    """The series to read: the chosen one, or the only candidate.

    Raises:
        InputError: The only suitable series cannot be read; its own problem.
        NoScanFoundError: No series is suitable, or only the image can tell which.
    """
    if choices and choices[0].verdict == "chosen":
        return choices[0].series
    candidates = [choice for choice in choices if choice.verdict == "candidate"]
    if len(candidates) == 1:
        return candidates[0].series
    if candidates:
        raise NoScanFoundError(
            f"{len(candidates)} series may be the sagittal T1: {_list(candidates)}.",
            remedy="Name one with --series.",
            code="undecided",
        )
    for choice in choices:
        problem = choice.series.problem
        if problem is None or choice.reason != _told(problem) or problem.code == "localiser":
            continue
        if len(choices) == 1 or _certainty(choice.series)[0]:
            raise problem
    if len(choices) == 1:
        message = f"The only series is not a sagittal T1 without contrast: {_list(choices)}."
    else:
        message = f"None of {len(choices)} series is a sagittal T1 without contrast: "
        message += f"{_list(choices)}."
    raise NoScanFoundError(
        message, remedy="Give the sagittal T1 series, or name one with --series.", code="no_t1"
    )


def select_series(series: Iterable[Series], token: str) -> Series:
    """The series that a person names.

    Args:
        series: Those to pick from.
        token: A series number, a series UID or its beginning, or a description or part of it.

    Raises:
        UsageError: None matches, or several do.
    """
    every = list(series)
    wanted = token.strip().casefold()

    def description(one: Series) -> str:
        return (one.acquisition.description or "").casefold()

    tests: tuple[Callable[[Series], bool], ...] = (
        lambda one: str(one.source.series_number) == wanted,
        lambda one: one.source.series_uid == wanted,
        lambda one: description(one) == wanted,
        lambda one: one.source.path.casefold().endswith("/" + wanted),
        lambda one: wanted.count(".") > 2 and (one.source.series_uid or "").startswith(wanted),
        lambda one: wanted in description(one),
    )
    for test in tests if wanted else ():
        found = [one for one in every if test(one)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"{len(found)} series match {token!r}: {_names(found)}.",
                remedy="Give the whole series UID; 'vbq inspect --json' lists them.",
                code="ambiguous_series",
            )
    raise UsageError(
        f"No series matches {token!r}; there are: {_names(every)}.",
        remedy="Give a number, UID or description that 'vbq inspect' lists.",
        code="unknown_series",
    )


def exclude_label_maps(
    studies: Sequence[list[Series]], wanted: str | None = None
) -> list[list[Series]]:
    """Studies less the volume files that are label maps by their name: no study of their own.

    All of them where there is nothing else, so that it can be said why.

    Args:
        studies: From `vbq.scan.group_by_study`.
        wanted: What a person calls the series to read, see `select_series`. Where only label maps are
            called so, these are given.
    """
    images = [study for study in studies if not all(_is_label_map(series) for series in study)]
    if wanted is not None and not any(_has(study, wanted) for study in images):
        images = [study for study in studies if _has(study, wanted)] or images
    return images or list(studies)


def _has(study: Sequence[Series], wanted: str) -> bool:
    try:
        select_series(study, wanted)
    except UsageError as error:
        return error.code == "ambiguous_series"
    return True


def _is_label_map(series: Series) -> bool:
    volume = series.source.study_uid is None and series.source.folder is None
    return volume and _named_label_map(series.acquisition.description)


def _named_label_map(description: str | None) -> bool:
    """Whether the last word that tells says so: ``T1_seg`` is a label map, ``label07_T1`` none."""
    told = [meanings(word) & {"label map", "t1"} for word in tokens(description or "")]
    return "label map" in next(filter(None, reversed(told)), ())


def _unsuitable(series: Series) -> str | None:
    """Why a series cannot be the T1 wanted; ``None`` if it can."""
    how = series.acquisition
    said = meanings(how.description)
    kind = meanings(" ".join(how.image_type))
    if how.modality is not None and how.modality.upper() != "MR":
        return f"modality {how.modality}, not MR"
    if series.problem is not None and series.problem.code == "localiser":
        return _told(series.problem)
    if "localiser" in said | kind:
        return "a localiser"
    if series.plane in ("axial", "coronal"):
        return f"{series.plane}, not sagittal"
    if _named_label_map(how.description) or "label map" in kind:
        return "a label map, not an image"
    for meaning, reason in (
        ("calibration", "a calibration scan"),
        ("derived", "computed from other images"),
        ("diffusion", "diffusion-weighted"),
    ):
        if meaning in said | kind:
            return reason
    if "EP" in _upper(how.scanning_sequence):
        return "echo-planar"
    return (
        _fat_suppressed(how)
        or _enhanced(how)
        or _not_t1(how)
        or _elsewhere(how)
        or (None if series.problem is None else _told(series.problem))
    )


def _fat_suppressed(how: Acquisition) -> str | None:
    said = meanings(how.description)
    kinds = {word.casefold().replace("_", "") for word in how.image_type}
    if "dixon" in said | meanings(how.sequence_name):
        kinds |= set(tokens(how.description or ""))
        kinds.add("dixon")
    if kinds & {"w", "water", "wasser"}:
        return "fat-suppressed (Dixon water image)"
    if kinds & {"f", "fat", "fett"} and "fat suppressed" not in said:
        return "a Dixon fat image"
    if kinds & {"op", "opp", "out", "outphase", "oppphase", "opposedphase"}:
        return "an opposed-phase image"
    if "fat suppressed" in said | meanings(" ".join(how.scan_options)):
        return "fat-suppressed"
    inverted = how.inversion_time_ms or 0.0
    if 0 < inverted < LONGEST_STIR_TI and (how.repetition_time_ms or 0.0) > LONGEST_T1_TR:
        return f"fat-suppressed (STIR, TI {inverted:.0f} ms)"
    name = (how.sequence_name or "").casefold().lstrip("*")
    if name.startswith("tir") and not inverted and "t1" not in said:
        return "fat-suppressed (inversion recovery)"
    if "dixon" in kinds and not kinds & {"ip", "in", "inphase"}:
        return "Dixon, but not known to be the in-phase image"
    return None


def _enhanced(how: Acquisition) -> str | None:
    source = contrast_agent_source(how)
    return None if source is None else f"contrast-enhanced ({source})"


def _not_t1(how: Acquisition) -> str | None:
    said = meanings(how.description)
    echo, repetition = how.echo_time_ms, how.repetition_time_ms
    inverted = how.inversion_time_ms
    if echo is not None and echo > SHORTEST_T2_TE:
        return f"T2-weighted (TE {echo:.0f} ms)"
    if echo is not None and echo > LONGEST_T1_TE:
        return f"not T1-weighted (TE {echo:.0f} ms)"
    flair = "flair" in said or (inverted is not None and inverted >= LONGEST_STIR_TI)
    if flair and inverted is not None and inverted > LONGEST_T1_FLAIR_TI:
        return f"not T1-weighted (TI {inverted:.0f} ms)"
    if repetition is not None and repetition > LONGEST_NAMED_T1_TR and not flair:
        return f"not T1-weighted (TR {repetition:.0f} ms)"
    if "t1" in said:
        return None
    if "t2" in said:
        return "T2-weighted (by its name)"
    if said & {"other weighting", "flair"}:
        return "not T1-weighted (by its name)"
    if repetition is not None and repetition > LONGEST_T1_TR and not flair:
        return f"not T1-weighted (TR {repetition:.0f} ms)"
    if _gradient_echo(how):
        return "a gradient echo of unknown weighting"
    return None


def _elsewhere(how: Acquisition) -> str | None:
    said, tagged = meanings(how.description), meanings(how.body_part)
    if "lumbar" in said:
        return None
    for part in ("head", "cervical", "elsewhere"):
        if part in said or (part in tagged and "lumbar" not in tagged):
            where = {"head": "the head", "cervical": "the cervical spine"}.get(part)
            return f"not the lumbar spine but {where}" if where else "not the lumbar spine"
    return None


def _certainty(series: Series) -> tuple[bool, str]:
    """Whether it is certain to be a T1 of the lumbar spine, and how that is known."""
    how = series.acquisition
    said = meanings(how.description)
    echo, repetition = how.echo_time_ms, how.repetition_time_ms
    if "thoracic" in said or ("thoracic" in meanings(how.body_part) and "lumbar" not in said):
        return False, "thoracic by its name; the image must show whether L1–L4 are on it"
    if _gradient_echo(how):
        return False, "T1 by its name, but a gradient echo; the image must tell"
    slices = f"{series.images} slice{'s' if series.images > 1 else ''}"
    if echo is not None and repetition is not None:
        times = f"TR {repetition:.0f} ms, TE {echo:.0f} ms"
        return True, f"sagittal T1 ({times}), {slices}"
    if "t1" in said and "t2" not in said:
        return True, f"sagittal T1 (by its name), {slices}"
    return False, "nothing says how it is weighted; the image must tell"


def _merit(series: Series, *, certain: bool) -> tuple[float, ...]:
    """Larger is better, in order of weight."""
    how = series.acquisition
    parts = meanings(how.description) | meanings(how.body_part)
    pixel = sorted(series.spacing_mm or (0.0, 0.0, 0.0))[1]
    return (
        certain,
        "lumbar" in parts,
        "thoracic" not in parts,
        series.plane == "sagittal",
        "DERIVED" not in _upper(how.image_type),
        series.images,
        -round(pixel, 3),
        -(series.source.series_number or 0),
    )


def _gradient_echo(how: Acquisition) -> bool:
    sequence = _upper(how.scanning_sequence)
    return "GR" in sequence and "SE" not in sequence


def _upper(words: Iterable[str]) -> set[str]:
    return {word.upper() for word in words}


def _told(problem: InputError) -> str:
    """A problem as a reason: without its full stop."""
    return problem.message.rstrip(".")


def _names(series: Sequence[Series]) -> str:
    shown = "; ".join(one.name for one in series[:8])
    return shown + (f" and {len(series) - 8} more" if len(series) > 8 else "")


def _list(choices: Sequence[RankedSeries]) -> str:
    shown = "; ".join(f"{choice.series.name}: {choice.reason}" for choice in choices[:4])
    return shown + (f"; and {len(choices) - 4} more" if len(choices) > 4 else "")
