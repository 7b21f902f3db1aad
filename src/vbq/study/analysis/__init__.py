"""The analysis of a cohort: models, performance, comparisons, sensitivity."""
