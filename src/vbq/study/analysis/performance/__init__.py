"""How well the models of a study predict, and what the index adds."""
