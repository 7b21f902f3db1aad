"""A cohort becomes an `Analysis`: models, performance, comparisons, sensitivity."""
