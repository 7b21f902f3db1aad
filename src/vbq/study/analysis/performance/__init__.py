"""Performance of the models of a study, and the added value of the index."""
