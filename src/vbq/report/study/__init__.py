"""An `Analysis` for people: tables, figures, one page, one Word file, one folder."""
