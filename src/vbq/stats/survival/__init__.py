"""Time to an event: incidence, Cox and Fine-Gray regression, censoring weights."""
