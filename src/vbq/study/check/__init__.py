"""What a reviewer would ask of plan and data, before any outcome model is fitted."""
