"""``vbq risk``: apply the risk model of a study, validate it in another cohort, recalibrate it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


class _AppliedByDefault(TyperGroup):
    """``vbq risk MODEL`` is ``vbq risk apply MODEL``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["apply", *args]
        return super().parse_args(ctx, args)


class _Update(StrEnum):
    intercept = "intercept"
    intercept_and_slope = "intercept-and-slope"


risk = typer.Typer(
    cls=_AppliedByDefault,
    help="Apply the risk model of a study: 'vbq risk MODEL --set age=71 …' or 'vbq risk MODEL "
    "TABLE' (see 'vbq risk apply --help'). Validate it in another cohort, or recalibrate it there. "
    "Research use only.",
    no_args_is_help=True,
)

Model = Annotated[Path, typer.Argument(help="risk-model.json of 'vbq study run'.")]
Cohort = Annotated[
    Path, typer.Argument(help="The other cohort: a plan (.yaml), or a table with --outcome.")
]
Outcome = Annotated[
    str | None, typer.Option(help="Column of the outcome, if the cohort is a table.")
]
Event = Annotated[
    str | None,
    typer.Option(
        help="Entry of that column that means the event; by default 1, yes, true, or the model's."
    ),
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of an XLSX file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a program.")]


@risk.command()
def apply(
    model: Model,
    table: Annotated[
        Path | None, typer.Argument(help="Patients: CSV, TSV, XLSX or Parquet.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A predictor of one patient; repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the risks of a table.")] = Path(
        "risks.csv"
    ),
    id_column: Annotated[
        str | None,
        typer.Option("--id", help="Column of ids, to be copied to the output."),
    ] = None,
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    """Predict the risk of one patient (--set), or of each patient of a table.

    Each risk has its 95 % interval. No risk is predicted outside the range of the model's cohort.
    """
    from vbq.cli.paths import require_paths, spare_inputs
    from vbq.errors import UsageError
    from vbq.files import write_file
    from vbq.report import (
        patient_risk_json,
        patient_risk_text,
        table_risks_csv,
        table_risks_json,
        table_risks_text,
    )
    from vbq.risk import patient_risk, read_risk_model, set_option, table_risks
    from vbq.text import one_line

    require_paths([path for path in (model, table) if path is not None])
    risk_model = read_risk_model(model)
    if (table is None) == (not value):
        options = " ".join(map(set_option, risk_model.predictors))
        raise UsageError(
            "Either one patient or a table of patients is needed, not both.",
            remedy=f"Give a table, or for one patient {options}.",
        )
    spare_inputs(out, (model, table))
    if table is None:
        patient = patient_risk(risk_model, _parse_values(value or []))
        typer.echo((patient_risk_json if json else patient_risk_text)(risk_model, patient))
    else:
        patients = table_risks(risk_model, table, id_column=id_column, sheet=sheet)
        if json:
            typer.echo(table_risks_json(risk_model, patients))
            return
        write_file(out, table_risks_csv(risk_model, patients))
        typer.echo(table_risks_text(risk_model, patients))
        typer.echo(one_line(f"Written to {out}"))


@risk.command()
def validate(
    model: Model,
    cohort: Cohort,
    outcome: Outcome = None,
    event: Event = None,
    sheet: Sheet = None,
    json: Json = False,
) -> None:
    """Validate a model in another cohort.

    Prints discrimination, calibration, Brier score and net benefit.
    """
    from vbq.cli.paths import require_paths
    from vbq.report import risk_validation_json, risk_validation_text
    from vbq.risk import read_risk_model, validate_risk
    from vbq.study import read_external_cohort

    require_paths([model, cohort])
    risk_model = read_risk_model(model)
    patients = read_external_cohort(risk_model, cohort, outcome=outcome, event=event, sheet=sheet)
    validation = validate_risk(risk_model, patients)
    typer.echo((risk_validation_json if json else risk_validation_text)(risk_model, validation))


@risk.command()
def recalibrate(
    model: Model,
    cohort: Cohort,
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the new model (.json).")],
    outcome: Outcome = None,
    event: Event = None,
    sheet: Sheet = None,
    update: Annotated[
        _Update, typer.Option(help="What is re-estimated; the slope needs more patients.")
    ] = _Update.intercept,
) -> None:
    """Recalibrate a model, so that its risks are right on average in another cohort.

    Writes the new model and its card.
    """
    from vbq.cli.paths import require_paths
    from vbq.errors import UsageError
    from vbq.files import write_folder
    from vbq.report import card_text, recalibration_text
    from vbq.risk import model_bytes, read_risk_model
    from vbq.risk import recalibrate as recalibrated
    from vbq.study import read_external_cohort
    from vbq.text import one_line

    require_paths([model, cohort])
    if out.suffix != ".json" or (out.exists() and out.samefile(model)):
        raise UsageError(
            f"{out} cannot be the name of the new model.",
            remedy="Choose a name that ends in .json and is not that of the model itself.",
        )
    card = out.with_suffix(".md")
    if card.exists() and not out.exists():
        raise UsageError(
            f"{card} would be overwritten by the card of the new model.",
            remedy="Choose another name for the new model with -o.",
        )
    risk_model = read_risk_model(model)
    patients = read_external_cohort(risk_model, cohort, outcome=outcome, event=event, sheet=sheet)
    new = recalibrated(
        risk_model, patients, "intercept" if update == "intercept" else "intercept and slope"
    )
    write_folder(out.parent, {out.name: model_bytes(new), card.name: card_text(new).encode()})
    typer.echo(recalibration_text(new, patients))
    typer.echo(one_line(f"Written to {out} and {card}"))


def _parse_values(pairs: list[str]) -> dict[str, str]:
    """The values of ``--set NAME=VALUE`` by name."""
    from vbq.errors import UsageError

    values: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or name.strip() in values:
            mistake = "names a predictor twice" if sign else "is not NAME=VALUE"
            raise UsageError(
                f"--set {pair[:60]} {mistake}.", remedy="Write for instance --set age=71."
            )
        values[name.strip()] = value
    return values
