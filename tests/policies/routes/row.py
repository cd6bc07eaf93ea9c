"""A row of the tables, and where MLflow's endpoints are."""

from typing import Any

A2 = "/api/2.0/mlflow"
A3 = "/api/3.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"

Row = tuple[str, str, Any, str]
"""Method, path, JSON body (or bytes), and the six answers."""
