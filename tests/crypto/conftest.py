"""Real key providers on temporary folders."""

import pytest

from app.crypto import LocalKeyProvider, RootKey


@pytest.fixture
def root_key():
    return RootKey(bytes(range(32)))


@pytest.fixture
def keyring_path(tmp_path):
    return tmp_path / "keys" / "keyring.json"


@pytest.fixture
def open_local(keyring_path, root_key):
    return lambda: LocalKeyProvider(keyring_path, root_key)


@pytest.fixture(params=["local"])
def open_provider(request):
    """Opens the provider as another process would; a new provider joins by a line in `params`."""
    return request.getfixturevalue(f"open_{request.param}")


@pytest.fixture
def provider(open_provider):
    return open_provider()
