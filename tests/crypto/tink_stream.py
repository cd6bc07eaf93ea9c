"""The `tink` package set to our stream parameters: the other implementation of the format."""

import io
from typing import Any

import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2
from typing_extensions import override

# Generated modules fill themselves when they are imported, which no type checker sees.
_streaming: Any = aes_gcm_hkdf_streaming_pb2
_common: Any = common_pb2
_keysets: Any = tink_pb2

streaming_aead.register()


def encrypt_with_tink(dek, associated_data, plain):
    sink = _KeptBytes()
    with _primitive(dek).new_encrypting_stream(sink, associated_data) as stream:
        stream.write(plain)
    return sink.kept


def decrypt_with_tink(dek, associated_data, sealed):
    with _primitive(dek).new_decrypting_stream(io.BytesIO(sealed), associated_data) as stream:
        return stream.read()


class _KeptBytes(io.BytesIO):
    """Remembers its content when the encrypting stream closes it."""

    kept = b""

    @override
    def close(self):
        if not self.closed:
            self.kept = self.getvalue()
        super().close()


def _primitive(dek):
    streaming_key = _streaming.AesGcmHkdfStreamingKey(
        version=0,
        key_value=dek,
        params=_streaming.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=65_536,
            derived_key_size=32,
            hkdf_hash_type=_common.SHA256,
        ),
    )
    keyset = _keysets.Keyset(
        primary_key_id=1,
        key=[
            _keysets.Keyset.Key(
                key_id=1,
                status=_keysets.ENABLED,
                output_prefix_type=_keysets.RAW,
                key_data=_keysets.KeyData(
                    type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
                    value=streaming_key.SerializeToString(),
                    key_material_type=_keysets.KeyData.SYMMETRIC,
                ),
            )
        ],
    )
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(
        streaming_aead.StreamingAead  # type: ignore[type-abstract]  # a name for the primitive
    )
