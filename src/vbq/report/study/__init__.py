"""The report of a study: tables, figures, conclusions, methods; as a page and a Word document."""
