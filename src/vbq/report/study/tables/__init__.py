"""The tables of the report, each a function of an `Analysis` that gives a `ReportTable`."""
