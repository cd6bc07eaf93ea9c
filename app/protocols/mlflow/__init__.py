"""The tracking and registry protocol of the unmodified ``mlflow`` client."""
