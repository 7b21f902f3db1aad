"""``vbq risk``: apply the risk model of a study, judge it on another cohort, recalibrate it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

__all__ = ["risk"]


class _AppliedByDefault(TyperGroup):
    """``vbq risk MODEL`` is ``vbq risk apply MODEL``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["apply", *args]
        return super().parse_args(ctx, args)


class _Update(StrEnum):
    intercept = "intercept"
    both = "intercept-and-slope"


risk = typer.Typer(
    cls=_AppliedByDefault,
    help="The risk model of a study: 'vbq risk MODEL --set age=71 …' or 'vbq risk MODEL TABLE' "
    "applies it (--help of apply); or judge it on another cohort, or recalibrate it. Research use "
    "only.",
    no_args_is_help=True,
)

Model = Annotated[Path, typer.Argument(help="risk-model.json of 'vbq study run'.")]
Cohort = Annotated[
    Path, typer.Argument(help="The other cohort: a plan (.yaml), or a table with --outcome.")
]
Outcome = Annotated[str | None, typer.Option(help="Column of the outcome, of a table.")]
Event = Annotated[
    str | None,
    typer.Option(help="Its entry for the event.  [default: 1, yes, true, or the model's]"),
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of an XLSX table.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a program.")]


@risk.command()
def apply(
    model: Model,
    table: Annotated[
        Path | None, typer.Argument(help="Patients: CSV, TSV, XLSX or Parquet.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A predictor of one patient; repeat it."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write the risks of a table.")
    ] = Path("risks.csv"),
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column of the table to be passed on.")
    ] = None,
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    """The risk of one patient (--set), or of each patient of a table, with its 95 % interval.

    Patients outside what the model's cohort had get no risk.
    """
    from vbq.cli.paths import require_paths, spare_inputs
    from vbq.errors import UsageError
    from vbq.report import show_patient, show_table
    from vbq.risk import patient_risk, read_risk_model, set_option, table_risks

    require_paths([path for path in (model, table) if path is not None])
    made = read_risk_model(model)
    if (table is None) == (not value):
        each = " ".join(set_option(one) for one in made.predictors)
        raise UsageError("Of whom?", remedy=f"Give either a table, or, of one patient, {each}.")
    spare_inputs(out, (model, table))
    if table is None:
        show_patient(made, patient_risk(made, _given(value or [])), as_json=json)
    else:
        found = table_risks(made, table, id_column=id_column, sheet=sheet)
        show_table(made, found, None if json else out)


@risk.command()
def validate(
    model: Model,
    cohort: Cohort,
    outcome: Outcome = None,
    event: Event = None,
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    """Judge a model on another cohort: discrimination, calibration, Brier score, net benefit."""
    from vbq.cli.paths import require_paths
    from vbq.report import show_validation
    from vbq.risk import read_risk_model, validate_risk
    from vbq.study import read_external_cohort

    require_paths([model, cohort])
    made = read_risk_model(model)
    others = read_external_cohort(made, cohort, outcome=outcome, event=event, sheet=sheet)
    show_validation(made, validate_risk(made, others), as_json=json)


@risk.command()
def recalibrate(
    model: Model,
    cohort: Cohort,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the new model.")],
    outcome: Outcome = None,
    event: Event = None,
    sheet: Sheet = None,
    update: Annotated[
        _Update, typer.Option(help="What is estimated anew; the slope asks for more patients.")
    ] = _Update.intercept,
) -> None:
    """Make a model's risks right on average in another cohort; writes the model and its card."""
    from vbq.cli.paths import require_paths
    from vbq.errors import UsageError
    from vbq.files import write_folder
    from vbq.report import card_text, show_recalibration
    from vbq.risk import model_bytes, read_risk_model
    from vbq.risk import recalibrate as recalibrated
    from vbq.study import read_external_cohort

    require_paths([model, cohort])
    if out.suffix != ".json" or (out.exists() and out.samefile(model)):
        raise UsageError(
            f"{out} is no name for the new model.",
            remedy="Give a name ending in .json, other than that of the model itself.",
        )
    card = out.with_suffix(".md")
    if card.exists() and not out.exists():
        raise UsageError(
            f"{card} would be overwritten: the card of the new model stands beside it.",
            remedy="Give the new model another name: -o.",
        )
    made = read_risk_model(model)
    others = read_external_cohort(made, cohort, outcome=outcome, event=event, sheet=sheet)
    new = recalibrated(
        made, others, "intercept" if update == "intercept" else "intercept and slope"
    )
    write_folder(out.parent, {out.name: model_bytes(new), card.name: card_text(new).encode()})
    show_recalibration(new, others, out)


def _given(pairs: list[str]) -> dict[str, str]:
    from vbq.errors import UsageError

    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or name.strip() in given:
            why = "is given twice" if sign else "is not NAME=VALUE"
            raise UsageError(f"--set {pair[:60]} {why}.", remedy="Write for instance --set age=71.")
        given[name.strip()] = value
    return given
