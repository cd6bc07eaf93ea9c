"""The GraphQL that MLflow's own pages ask in."""
