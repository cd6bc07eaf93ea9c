"""The cast is the one of MLflow's protocol, which reads what is exported here."""

from tests.protocols.mlflow.conftest import alice, application, bob, charlie, template

__all__ = ["alice", "application", "bob", "charlie", "template"]
