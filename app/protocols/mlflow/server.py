"""What the client asks of the server itself before anything else.

Facts: ``mlflow/tracking/_tracking_service/client.py`` parses the version before it sends spans;
``mlflow/store/workspace_rest_store_mixin.py`` probes ``server-info`` for workspaces.
"""

from __future__ import annotations

from flask import Response

from app.edge import is_scripted, public
from app.protocols.mlflow.routes import api, root

COMPATIBLE_VERSION = "3.17.2"
"""The MLflow whose REST API this is; clients compare it with what they need."""


@root.get("/version", provide_automatic_options=False)
@public
def version() -> Response:
    """Answer the version of MLflow's API that is spoken here, as plain text."""
    return Response(COMPATIBLE_VERSION, mimetype="text/plain")


@api("GET", "server-info", versions=("3.0",), is_public=True)
def get_server_info() -> dict[str, object]:
    """Answer what this server can do (``mlflow/server/server_info_api.py``).

    MLflow's pages are not told of workspaces: they would show nothing to who is in none, and lose
    the addresses that its client prints. Theirs is the one that was chosen in this browser.
    """
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": not is_scripted(),
        "trace_archival_enabled": False,
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
        "presigned_upload_run_id_supported": False,
        "presigned_upload_model_id_supported": False,
        "features_enabled": {"gateway": False},
    }


@api("GET", "gateway-proxy", is_public=True)
def list_gateway_endpoints() -> dict[str, object]:
    """Answer that there is no gateway, in the form that keeps MLflow's pages from complaining."""
    return {"endpoints": []}
