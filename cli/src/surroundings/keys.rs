//! Signatures of tokens against keys in JWKS form.

use mp_eval::hop::{Signature, SignedToken};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;

/// What a signature is worth under the keys of a text.
pub(super) fn check(keys: &str, token: &SignedToken<'_>) -> Signature {
    let Ok(parsed) = serde_json::from_str::<Value>(keys) else { return Signature::Unknown };
    let Some(list) = parsed.get("keys").and_then(Value::as_array) else { return Signature::Unknown };
    let text =
        |key: &Value, field: &str| key.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let fits = |key: &&Value| {
        let id = text(key, "kid");
        token.key_id.is_empty() || id.is_empty() || id == token.key_id
    };
    let mut found = Signature::NoKey;
    for key in list.iter().filter(fits) {
        match one(key, token) {
            Some(true) => return Signature::Good,
            Some(false) => found = Signature::Wrong,
            None => {}
        }
    }
    found
}

/// Whether one key made the signature; `None` when it is for other algorithms.
fn one(key: &Value, token: &SignedToken<'_>) -> Option<bool> {
    let bytes = |field: &str| mp_eval::hop::from_base64(key.get(field)?.as_str()?);
    let kind = key.get("kty")?.as_str()?;
    match (kind, token.algorithm) {
        ("RSA", algorithm) => {
            let parameters = match algorithm {
                "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                _ => return None,
            };
            let public = RsaPublicKeyComponents { n: bytes("n")?, e: bytes("e")? };
            Some(public.verify(parameters, token.message.as_bytes(), token.signature).is_ok())
        }
        ("EC", "ES256") => {
            Some(curve(&signature::ECDSA_P256_SHA256_FIXED, &bytes("x")?, &bytes("y")?, token))
        }
        ("EC", "ES384") => {
            Some(curve(&signature::ECDSA_P384_SHA384_FIXED, &bytes("x")?, &bytes("y")?, token))
        }
        _ => None,
    }
}

fn curve(
    algorithm: &'static signature::EcdsaVerificationAlgorithm,
    x: &[u8],
    y: &[u8],
    token: &SignedToken<'_>,
) -> bool {
    let point = [&[4_u8], x, y].concat();
    UnparsedPublicKey::new(algorithm, point).verify(token.message.as_bytes(), token.signature).is_ok()
}
