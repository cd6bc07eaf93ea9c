"""MLflow's filters and orders, parsed."""
