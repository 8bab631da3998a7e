//! Signatures that scripts verify, as `source/common/crypto/crypto_impl.cc` does.
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Whether bytes are a public key in DER.
pub(super) fn is_key(key: &[u8]) -> bool {
    SubjectPublicKeyInfo::from_der(key).is_ok_and(|(_, info)| info.parsed().is_ok())
}

/// Why a signature is not the key's; nothing when it is.
pub(super) fn fault(hash: &str, key: &[u8], signature: &[u8], clear: &[u8]) -> Option<String> {
    let hash = hash.to_ascii_lowercase();
    if !["sha1", "sha224", "sha256", "sha384", "sha512"].contains(&hash.as_str()) {
        return Some(format!("{hash} is not supported."));
    }
    let failed = || Some("Failed to verify digest. Error code: 0".to_owned());
    let Ok((_, info)) = SubjectPublicKeyInfo::from_der(key) else { return failed() };
    let algorithm: &'static dyn VerificationAlgorithm = match (info.parsed(), hash.as_str()) {
        (Ok(PublicKey::RSA(_)), "sha1") => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Ok(PublicKey::RSA(_)), "sha256") => &RSA_PKCS1_2048_8192_SHA256,
        (Ok(PublicKey::RSA(_)), "sha384") => &RSA_PKCS1_2048_8192_SHA384,
        (Ok(PublicKey::RSA(_)), "sha512") => &RSA_PKCS1_2048_8192_SHA512,
        (Ok(PublicKey::EC(point)), "sha256") if point.key_size() == 256 => &ECDSA_P256_SHA256_ASN1,
        (Ok(PublicKey::EC(point)), "sha384") if point.key_size() == 256 => &ECDSA_P256_SHA384_ASN1,
        (Ok(PublicKey::EC(point)), "sha256") if point.key_size() == 384 => &ECDSA_P384_SHA256_ASN1,
        (Ok(PublicKey::EC(point)), "sha384") if point.key_size() == 384 => &ECDSA_P384_SHA384_ASN1,
        _ => return failed(),
    };
    let known = UnparsedPublicKey::new(algorithm, info.subject_public_key.data.as_ref());
    match known.verify(clear, signature) {
        Ok(()) => None,
        Err(_) => failed(),
    }
}
