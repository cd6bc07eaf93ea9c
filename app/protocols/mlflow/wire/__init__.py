"""The messages of MLflow's protocol, read and written."""
