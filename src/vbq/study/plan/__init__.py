"""What a study will do, declared before its data are read."""
