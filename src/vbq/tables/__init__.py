"""Tables as people keep them: CSV, Excel and Parquet, with all that is wrong in their cells."""
