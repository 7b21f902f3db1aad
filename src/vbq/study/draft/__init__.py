"""A draft of a plan, from the table of patients."""
