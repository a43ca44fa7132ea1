"""A picture with content credentials, signed by a maker whom nobody trusts."""

import io
from datetime import UTC, datetime, timedelta

from c2pa import Builder, C2paSignerInfo, C2paSigningAlg, Signer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MAKER = "Test Maker"
MANIFEST = {
    "claim_generator_info": [{"name": "Test Generator"}],
    "assertions": [{"label": "c2pa.actions", "data": {"actions": [{
        "action": "c2pa.created",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    }]}}],
}  # fmt: skip


def signed(png: bytes, maker: str = MAKER) -> bytes:
    """The same picture with a manifest."""
    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = _certificate(leaf, root, maker) + _certificate(root, root, maker)
    key = leaf.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    written = io.BytesIO()
    with (
        Signer.from_info(C2paSignerInfo(C2paSigningAlg.ES256, chain, key, None)) as signer,
        Builder(MANIFEST) as builder,
    ):
        builder.sign(signer, "image/png", io.BytesIO(png), written)
    return written.getvalue()


def _certificate(of: ec.EllipticCurvePrivateKey, signed_by: ec.EllipticCurvePrivateKey, maker: str) -> bytes:
    now, is_root = datetime.now(UTC), of is signed_by
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(maker, "root" if is_root else "leaf"))
        .issuer_name(_name(maker, "root"))
        .public_key(of.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False
        )
    )
    if not is_root:
        for_signing = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        built = built.add_extension(for_signing, critical=False)
    return built.sign(signed_by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(maker: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, maker),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
