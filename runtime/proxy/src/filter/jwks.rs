//! JSON web key sets.
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

use super::lenient::ordinary;
use super::token::{Once, unescape};
use crate::config::Get;
use crate::json::Value;

/// Keys that verify tokens.
#[derive(Debug, Default)]
pub(crate) struct Jwks {
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { curve: Curve, point: Vec<u8> },
    Ed(Vec<u8>),
    Secret(Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
}

/// Whether a token's signature is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// It is.
    Valid,
    /// No key has this id and algorithm.
    NoKey,
    /// A key was found and the signature is wrong.
    Wrong,
}

impl Jwks {
    /// Parses a key set, as lax as Envoy's reader is (`Jwks::createFrom` of `jwt_verify_lib`); `None` without a usable key.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let Once(value) = serde_json::from_slice(&ordinary(text)?).ok()?;
        let value = Value::from(&value);
        let keys: Vec<_> = value.items("keys").iter().filter_map(key).collect();
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// Verifies a signature over `message`.
    pub(crate) fn verify(
        &self,
        algorithm: &str,
        id: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Check {
        let mut result = Check::NoKey;
        for key in &self.keys {
            if id.is_some() && key.id.is_some() && key.id.as_deref() != id {
                continue;
            }
            if key.algorithm.as_deref().is_some_and(|a| a != algorithm) || !key.material.fits(algorithm) {
                continue;
            }
            if key.material.verify(algorithm, message, signature) {
                return Check::Valid;
            }
            result = Check::Wrong;
        }
        result
    }
}

fn key(value: &Value) -> Option<Key> {
    let bytes = |name: &str| unescape(value.opt_text(name)?);
    let material = match value.text("kty") {
        "RSA" => Material::Rsa { n: bytes("n")?, e: bytes("e")? },
        "oct" => Material::Secret(bytes("k")?),
        "OKP" if value.text("crv") == "Ed25519" => Material::Ed(bytes("x")?),
        "EC" => {
            let curve = match value.text("crv") {
                "P-256" => Curve::P256,
                "P-384" => Curve::P384,
                _ => return None,
            };
            let mut point = vec![4];
            point.extend(bytes("x")?);
            point.extend(bytes("y")?);
            Material::Ec { curve, point }
        }
        _ => return None,
    };
    let text = |name: &str| value.opt_text(name).map(str::to_owned);
    Some(Key { id: text("kid"), algorithm: text("alg"), material })
}

impl Material {
    fn fits(&self, algorithm: &str) -> bool {
        match self {
            Self::Rsa { .. } => algorithm.starts_with("RS") || algorithm.starts_with("PS"),
            Self::Ec { curve: Curve::P256, .. } => algorithm == "ES256",
            Self::Ec { curve: Curve::P384, .. } => algorithm == "ES384",
            Self::Ed(_) => algorithm == "EdDSA",
            Self::Secret(_) => algorithm.starts_with("HS"),
        }
    }

    fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => {
                let parameters = match algorithm {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                    "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                    "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                    "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                    "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                    _ => return false,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }
            Self::Ec { curve, point } => {
                let algorithm = match curve {
                    Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
                    Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
                };
                UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
            }
            Self::Ed(key) => {
                UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature).is_ok()
            }
            Self::Secret(secret) => {
                let algorithm = match algorithm {
                    "HS256" => ring::hmac::HMAC_SHA256,
                    "HS384" => ring::hmac::HMAC_SHA384,
                    "HS512" => ring::hmac::HMAC_SHA512,
                    _ => return false,
                };
                ring::hmac::verify(&ring::hmac::Key::new(algorithm, secret), message, signature).is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_sets_may_be_as_lax_as_for_envoy() {
        let key = r#"{"kty":"oct","kid":"k","alg":"HS256","k":"c2VjcmV0"}"#;
        for good in [
            format!(r#"{{"keys":[{key}]}}"#),
            format!(r#"{{"keys":[{key}]}}"#).replace('"', "'"),
            format!(r#"{{"keys":[{key},],}}"#),
            r#"{keys:[{kty:"oct",kid:"k",alg:"HS256",k:"c2VjcmV0"}]}"#.to_owned(),
            format!("{{\"keys\":[{key}],\"x\":\"a\tb\"}}"),
            format!(r#"{{"keys":[1,{{"kty":"zz"}},{key}]}}"#),
        ] {
            assert!(Jwks::parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            format!(r#"{{"keys":[],"keys":[{key}]}}"#),
            r#"{"keys":[{"kty":"oct","kty":"oct","kid":"k","alg":"HS256","k":"c2VjcmV0"}]}"#.to_owned(),
            r#"{"keys":[{"kty":"oct","kid":"k","alg":"HS256","k":"c2VjcmV0=="}]}"#.to_owned(),
            format!(r#"{{"keys":[{key}]/* x */}}"#),
            format!(r#"{{"keys":[{key}]}} x"#),
            format!(r#"{{"keys":[{key}],"n":01}}"#),
            format!(r#"{{"keys":{{"a":{key}}}}}"#),
        ] {
            assert!(Jwks::parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
