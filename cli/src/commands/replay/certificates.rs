//! Certificates, keys and tokens of an authority that lives as long as one replay.

use std::collections::BTreeMap;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use serde_json::{Map, Value, json};

use super::der;
use crate::failure::Failure;

/// A key with its certificate.
pub(super) struct Leaf {
    /// The certificate, DER.
    pub(super) certificate: Vec<u8>,
    /// The key, PKCS 8.
    pub(super) key: Vec<u8>,
}

/// Signs everything that a replay shows.
pub(super) struct Authority {
    random: SystemRandom,
    key: Vec<u8>,
    /// Its own certificate, DER.
    pub(super) certificate: Vec<u8>,
    leaves: BTreeMap<String, Leaf>,
}

fn failed(what: impl std::fmt::Display) -> Failure {
    Failure::Internal(format!("a certificate of the replay cannot be made: {what}"))
}

impl Authority {
    pub(super) fn new() -> Result<Self, Failure> {
        let random = SystemRandom::new();
        let key = new_key(&random)?;
        let pair = signer(&key, &random)?;
        let body = der::certificate_body(1, "replay", "replay", pair.public_key().as_ref(), None);
        let signature = pair.sign(&random, &body).map_err(failed)?;
        let certificate = der::certificate(&body, signature.as_ref());
        Ok(Self { random, key, certificate, leaves: BTreeMap::new() })
    }

    /// The certificate of an identity, made at the first call.
    pub(super) fn leaf(&mut self, uri: &str) -> Result<&Leaf, Failure> {
        if !self.leaves.contains_key(uri) {
            let key = new_key(&self.random)?;
            let (own, authority) = (signer(&key, &self.random)?, signer(&self.key, &self.random)?);
            let serial = u8::try_from(self.leaves.len() + 2).map_err(failed)?;
            let body = der::certificate_body(serial, "replay", "leaf", own.public_key().as_ref(), Some(uri));
            let signature = authority.sign(&self.random, &body).map_err(failed)?;
            let certificate = der::certificate(&body, signature.as_ref());
            self.leaves.insert(uri.to_owned(), Leaf { certificate, key });
        }
        self.leaves.get(uri).ok_or_else(|| failed("it is gone"))
    }

    /// The keys that tokens are checked with, as JWKS text.
    pub(super) fn keys(&self) -> Result<String, Failure> {
        let pair = signer(&self.key, &self.random)?;
        let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
        let (x, y) = point.split_at_checked(32).unwrap_or((point, &[]));
        let key = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "replay",
            "x": base64(x), "y": base64(y),
        });
        Ok(json!({"keys": [key]}).to_string())
    }

    /// A good token with these claims, which never runs out.
    pub(super) fn token(&self, claims: &Map<String, Value>) -> Result<String, Failure> {
        let mut claims = claims.clone();
        claims.entry("exp").or_insert(json!(4_000_000_000_u32));
        let head = json!({"alg": "ES256", "kid": "replay", "typ": "JWT"}).to_string();
        let signed =
            format!("{}.{}", base64(head.as_bytes()), base64(Value::Object(claims).to_string().as_bytes()));
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.key, &self.random);
        let signature = pair.map_err(failed)?.sign(&self.random, signed.as_bytes()).map_err(failed)?;
        Ok(format!("{signed}.{}", base64(signature.as_ref())))
    }
}

fn new_key(random: &SystemRandom) -> Result<Vec<u8>, Failure> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, random).map_err(failed)?;
    Ok(made.as_ref().to_vec())
}

fn signer(key: &[u8], random: &SystemRandom) -> Result<EcdsaKeyPair, Failure> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key, random).map_err(failed)
}

/// Base64 for URLs, without padding.
fn base64(bytes: &[u8]) -> String {
    encoded(bytes, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}

fn encoded(bytes: &[u8], letters: &[u8; 64]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..=chunk.len() {
            let letter = usize::try_from(all >> (18 - 6 * at) & 63).ok().and_then(|place| letters.get(place));
            out.extend(letter.map(|letter| char::from(*letter)));
        }
    }
    out
}

/// DER in PEM.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = encoded(der, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).filter_map(|at| text.get(at..(at + 64).min(text.len()))).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_base64() {
        assert_eq!(
            (base64(b"f"), base64(b"fo"), base64(b"foo"), base64(&[0xfb, 0xff])),
            ("Zg".into(), "Zm8".into(), "Zm9v".into(), "-_8".into())
        );
        assert_eq!(pem("X", b"fo"), "-----BEGIN X-----\nZm8=\n-----END X-----\n");
    }

    #[test]
    fn tokens_have_three_parts() {
        let token = Authority::new().unwrap().token(&Map::new()).unwrap();
        assert_eq!(token.split('.').map(str::len).filter(|length| *length > 0).count(), 3);
    }
}
