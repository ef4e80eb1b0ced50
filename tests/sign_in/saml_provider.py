"""An identity provider of SAML: makes and signs the responses that a real one would send."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils

ENTITY = "https://idp.foothold.example/metadata"
SIGN_ON = "https://idp.foothold.example/sso"
FOOTHOLD = "http://testserver/login/sso/saml"
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
METADATA = """<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
      <X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
    <SingleSignOnService Location="{sign_on}"
      Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"/>
  </IDPSSODescriptor>
</EntityDescriptor>"""
ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}"
    Version="2.0" IssueInstant="{now}">
  <saml:Issuer>{entity}</saml:Issuer>
  <saml:Subject><saml:NameID
    Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">{email}</saml:NameID>
    <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
      <saml:SubjectConfirmationData NotOnOrAfter="{until}" Recipient="{foothold}/acs/"
        InResponseTo="{asked}"/></saml:SubjectConfirmation></saml:Subject>
  <saml:Conditions NotBefore="{since}" NotOnOrAfter="{until}"><saml:AudienceRestriction>
    <saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
  <saml:AuthnStatement AuthnInstant="{now}" SessionIndex="_s"><saml:AuthnContext>
    <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password
    </saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
  <saml:AttributeStatement><saml:Attribute Name="email">
    <saml:AttributeValue>{email}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>
</saml:Assertion>"""
RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
    xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" Version="2.0" IssueInstant="{now}"
    Destination="{foothold}/acs/" InResponseTo="{asked}">
  <saml:Issuer>{entity}</saml:Issuer>
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>
  </samlp:Status>{assertion}</samlp:Response>"""


@dataclass(frozen=True)
class Keys:
    private: str
    certificate: str


def make_keys() -> Keys:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.foothold.example")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Keys(private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())


@dataclass(frozen=True)
class SamlProvider:
    keys: Keys

    def write_metadata(self, path: Path) -> None:
        body = "".join(self.keys.certificate.splitlines()[1:-1])
        path.write_text(METADATA.format(entity=ENTITY, certificate=body, sign_on=SIGN_ON))

    def answers(
        self,
        asked: str,
        *,
        email: str,
        audience: str = f"{FOOTHOLD}/metadata/",
        minutes_ago: int = 0,
        signs: bool = True,
    ) -> str:
        """The response to a request, as the browser would post it."""
        now = datetime.now(UTC) - timedelta(minutes=minutes_ago)  # noqa: TID251 - the library looks at the clock itself
        values = {
            "id": "_a", "asked": asked, "email": escape(email), "audience": audience,
            "entity": ENTITY, "foothold": FOOTHOLD, "now": now.strftime(MOMENT),
            "since": (now - timedelta(minutes=1)).strftime(MOMENT),
            "until": (now + timedelta(minutes=5)).strftime(MOMENT),
        }  # fmt: skip
        assertion = ASSERTION.format(**values)
        if signs:
            signed = OneLogin_Saml2_Utils.add_sign(
                assertion, self.keys.private, self.keys.certificate
            )
            assertion = signed.decode() if isinstance(signed, bytes) else signed
        response = RESPONSE.format(
            **values, assertion=assertion.removeprefix("<?xml version='1.0'?>")
        )
        etree.fromstring(response)
        return base64.b64encode(response.encode()).decode()


def request_id(address: str) -> str:
    """The id of the request that an address at the provider carries."""
    sent = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    return str(etree.fromstring(zlib.decompress(base64.b64decode(sent), -15)).get("ID"))
