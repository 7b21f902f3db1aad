"""Tables as researchers keep them: CSV, TSV, XLSX and Parquet, read by one reader.

`read_table.read_table` reads any of them into a `raw_table.RawTable`: text and stored numbers under
their column names, rows numbered as a spreadsheet numbers them. The modules `numbers`, `categories`
and `dates` then type the cells of a column, and refuse those that could only be guessed. Every
command that reads a table reads it this way. `csv_write` writes CSV that no spreadsheet runs as a
formula; `yaml_lines` reads YAML with the line of each key.
"""
