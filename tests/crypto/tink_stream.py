"""The `tink` package set to our stream parameters: the other implementation of the format."""

import io

import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2
from typing_extensions import override

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
    streaming_key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        key_value=dek,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=65_536,
            derived_key_size=32,
            hkdf_hash_type=common_pb2.SHA256,
        ),
    )
    keyset = tink_pb2.Keyset(
        primary_key_id=1,
        key=[
            tink_pb2.Keyset.Key(
                key_id=1,
                status=tink_pb2.ENABLED,
                output_prefix_type=tink_pb2.RAW,
                key_data=tink_pb2.KeyData(
                    type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
                    value=streaming_key.SerializeToString(),
                    key_material_type=tink_pb2.KeyData.SYMMETRIC,
                ),
            )
        ],
    )
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)
