"""The plan of a study, declared before its data are read."""
