"""Experiments, runs and what they log, and logged models, as the ``mlflow`` client knows them."""
