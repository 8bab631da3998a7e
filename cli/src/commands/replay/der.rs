//! X.509 certificates in DER (RFC 5280), as far as a replay needs them: P-256 keys, one authority, one URI.

/// `ecdsa-with-SHA256`.
const SIGNED: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// `id-ecPublicKey` and `prime256v1`.
const KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const ALT_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const UTF8: u8 = 0x0c;
const INTEGER: u8 = 0x02;
const BOOLEAN: u8 = 0x01;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
/// Context tags: the version and the extensions of a certificate, a URI among names.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const URI: u8 = 0x86;

/// Valid from 2020 to 2049: a replay reads no clock.
const FROM: &[u8] = b"200101000000Z";
const TO: &[u8] = b"491231235959Z";

/// One element: tag, length, content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(bytes.len()).unwrap_or_default());
            out.extend(bytes);
        }
    }
    out.extend(content);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

fn bits(content: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], content].concat())
}

fn name(text: &str) -> Vec<u8> {
    let pair = sequence(&[element(OID, COMMON_NAME), element(UTF8, text.as_bytes())]);
    sequence(&[element(SET, &pair)])
}

fn algorithm() -> Vec<u8> {
    sequence(&[element(OID, SIGNED)])
}

fn extension(oid: &[u8], critical: bool, content: &[u8]) -> Vec<u8> {
    let mut parts = vec![element(OID, oid)];
    if critical {
        parts.push(element(BOOLEAN, &[0xff]));
    }
    parts.push(element(OCTET_STRING, content));
    sequence(&parts)
}

/// What is signed: of the authority itself without a URI, else of a leaf.
pub(super) fn certificate_body(
    serial: u8,
    issuer: &str,
    subject: &str,
    key: &[u8],
    uri: Option<&str>,
) -> Vec<u8> {
    let public = sequence(&[sequence(&[element(OID, KEY), element(OID, CURVE)]), bits(key)]);
    let more = match uri {
        None => extension(BASIC_CONSTRAINTS, true, &sequence(&[element(BOOLEAN, &[0xff])])),
        Some(uri) => extension(ALT_NAMES, false, &sequence(&[element(URI, uri.as_bytes())])),
    };
    sequence(&[
        element(VERSION, &element(INTEGER, &[2])),
        element(INTEGER, &[serial & 0x7f]),
        algorithm(),
        name(issuer),
        sequence(&[element(UTC_TIME, FROM), element(UTC_TIME, TO)]),
        name(subject),
        public,
        element(EXTENSIONS, &sequence(&[more])),
    ])
}

/// The whole certificate.
pub(super) fn certificate(body: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[body.to_vec(), algorithm(), bits(signature)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(element(INTEGER, &[5]), [2, 1, 5]);
        assert_eq!(element(OCTET_STRING, &[0; 200]).get(..3), Some(&[4, 0x81, 200][..]));
        assert_eq!(element(OCTET_STRING, &[0; 300]).get(..4), Some(&[4, 0x82, 1, 44][..]));
    }
}
