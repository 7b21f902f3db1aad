"""The report of a harmonisation."""
