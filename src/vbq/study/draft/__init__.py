"""A first plan, drafted from the table of patients."""
