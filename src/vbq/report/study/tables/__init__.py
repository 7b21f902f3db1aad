"""The tables of the report, each a function of an `Analysis` that gives a `ReportTable`, or None.

To add a table, write its function in a module here and name it once, in ``TABLES`` of
`vbq.report.study.sections`. The page, the Word document and ``tables/NAME.csv`` follow from that:
none of them names a table.
"""
