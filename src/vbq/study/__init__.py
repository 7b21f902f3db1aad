"""The fracture study: a plan and a table of patients become a cohort, checked before any model."""
