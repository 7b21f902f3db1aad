"""Internal validation: optimism by the bootstrap, cross-validation, left-out sites."""
