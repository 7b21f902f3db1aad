"""The results of a study: a folder that is written completely or not at all."""

from pathlib import Path

from vbq.files import write_folder
from vbq.study.analysis.analysis import Analysis, analysis_json


def study_files(analysis: Analysis) -> dict[str, bytes]:
    """Every file of the results by its name; the same bytes for the same analysis.

    ``report.html`` and ``report.docx``, ``analysis.json`` with every number in full, each table as
    ``tables/NAME.csv``, each figure as ``figures/NAME.svg``, ``.pdf`` and ``.png``; and, where the
    study made one, the model to be applied as ``risk-model.json`` with its card.
    """
    from vbq.report.study.figures import draw_figures
    from vbq.report.study.page import report_html
    from vbq.report.study.sections import compose
    from vbq.report.study.word_document import report_docx

    report = compose(analysis, draw_figures(analysis))
    contents = {
        "report.html": report_html(report),
        "report.docx": report_docx(report),
        "analysis.json": analysis_json(analysis),
    }
    contents |= risk_model_files(analysis)
    for table in report.tables:
        contents[f"tables/{table.name}.csv"] = table.csv()
    for figure in report.figures:
        contents[f"figures/{figure.name}.svg"] = figure.svg
        contents[f"figures/{figure.name}.pdf"] = figure.pdf
        contents[f"figures/{figure.name}.png"] = figure.png
    return contents


def risk_model_files(analysis: Analysis) -> dict[str, bytes]:
    """``risk-model.json`` and its card ``risk-model.md``; empty where the study made no model.

    Raises:
        OutputError: the model is not valid.
    """
    from vbq.report.risk.model_card import card_text
    from vbq.risk.model_file import model_bytes

    model = analysis.risk_model
    if model is None:
        return {}
    return {"risk-model.json": model_bytes(model), "risk-model.md": card_text(model).encode()}


def write_study(folder: Path | str, analysis: Analysis) -> dict[str, Path]:
    """Write the results of a study.

    Args:
        folder: Folder for the results; created if missing.
        analysis: The analysis.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; its earlier content is unchanged.
    """
    return write_folder(folder, study_files(analysis))
