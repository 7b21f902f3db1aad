"""The report of the validation on the digital reference object."""
