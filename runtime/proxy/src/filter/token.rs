//! Reading a token apart, with the checks and the words of Envoy's `jwt_verify_lib` (`jwt.cc`).
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::jwt::Failure;
use super::lenient::ordinary;

/// Algorithms that a header may name.
const ALGORITHMS: [&str; 13] = [
    "EdDSA", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
    "PS384", "PS512",
];

/// A token whose form is right; nothing of it is verified.
pub(crate) struct Token<'t> {
    /// The `alg` of its header.
    pub(crate) algorithm: String,
    /// The `kid` of its header.
    pub(crate) key: Option<String>,
    /// Its header.
    pub(crate) header: Value,
    /// Its payload.
    pub(crate) claims: Value,
    /// The payload as it was sent.
    pub(crate) payload: &'t str,
    /// What is signed.
    pub(crate) message: &'t str,
    /// The signature.
    pub(crate) signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Reads a token; the first thing that is wrong is reported.
    pub(crate) fn read(text: &'t str) -> Result<Self, Failure> {
        let form = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections";
        let (message, signature) = text.rsplit_once('.').ok_or(form)?;
        let (header, payload) = message.split_once('.').ok_or(form)?;
        if header.is_empty() || payload.is_empty() || signature.is_empty() || payload.contains('.') {
            return Err(form);
        }
        let head =
            object(header, "Jwt header is an invalid Base64url encoded", "Jwt header is an invalid JSON")?;
        let algorithm = head
            .get("alg")
            .and_then(Value::as_str)
            .ok_or("Jwt header [alg] field is required and must be a string")?;
        if !ALGORITHMS.contains(&algorithm) {
            return Err("Jwt header [alg] is not supported");
        }
        let key = match head.get("kid") {
            None => None,
            Some(Value::String(key)) => Some(key.clone()),
            Some(_) => return Err("Jwt header [kid] field is not a string"),
        };
        let claims =
            object(payload, "Jwt payload is an invalid Base64url encoded", "Jwt payload is an invalid JSON")?;
        check_kinds(&claims)?;
        let signature = unescape(signature).ok_or("Jwt signature is an invalid Base64url encoded")?;
        let algorithm = algorithm.to_owned();
        Ok(Self { algorithm, key, header: head, claims, payload, message, signature })
    }

    /// A point in time of the payload; zero says nothing.
    pub(crate) fn time(&self, name: &str) -> Option<u64> {
        let time = self.claims.get(name).and_then(Value::as_f64).map(|time| time as u64);
        time.filter(|time| *time > 0)
    }
}

/// Registered claims must be of their kind.
fn check_kinds(claims: &Value) -> Result<(), Failure> {
    let not_text = |name: &str| claims.get(name).is_some_and(|value| !value.is_string());
    if not_text("iss") {
        return Err("Jwt payload [iss] field is not a string");
    }
    if not_text("sub") {
        return Err("Jwt payload [sub] field is not a string");
    }
    for (name, kind, range) in [
        (
            "iat",
            "Jwt payload [iat] field is not an integer",
            "Jwt payload [iat] field is not a positive 64 bit integer",
        ),
        (
            "nbf",
            "Jwt payload [nbf] field is not an integer",
            "Jwt payload [nbf] field is not a positive 64 bit integer",
        ),
        (
            "exp",
            "Jwt payload [exp] field is not an integer",
            "Jwt payload [exp] field is not a positive 64 bit integer",
        ),
    ] {
        let Some(time) = claims.get(name) else { continue };
        let time = time.as_f64().ok_or(kind)?;
        if time < 0.0 || time >= i64::MAX as f64 {
            return Err(range);
        }
    }
    if not_text("jti") {
        return Err("Jwt payload [jti] field is not a string");
    }
    match claims.get("aud") {
        None | Some(Value::String(_)) => Ok(()),
        Some(Value::Array(all)) if all.iter().all(Value::is_string) => Ok(()),
        Some(_) => Err("Jwt payload [aud] field is not a string or string list"),
    }
}

fn object(text: &str, encoding: Failure, json: Failure) -> Result<Value, Failure> {
    let bytes = unescape(text).ok_or(encoding)?;
    match serde_json::from_slice::<Once>(&ordinary(&bytes).ok_or(json)?) {
        Ok(Once(value @ Value::Object(_))) => Ok(value),
        // For protobuf's reader this is an object without fields.
        Ok(Once(Value::Null)) => Ok(Value::Object(Map::new())),
        _ => Err(json),
    }
}

/// URL-safe base64 as `absl::WebSafeBase64Unescape` takes it: white space is skipped, bits that are left over say nothing, and
/// padding may be there, then in full.
pub(super) fn unescape(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches(['=', ' ', '\t']);
    let mut out = Vec::with_capacity(bare.len() * 3 / 4);
    let (mut bits, mut count, mut digits) = (0_u32, 0_u32, 0_usize);
    for byte in bare.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            b' ' | b'\t' => continue,
            _ => return None,
        };
        digits += 1;
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    let padding = text.bytes().filter(|b| *b == b'=').count();
    (count < 6 && (padding == 0 || (digits + padding).is_multiple_of(4))).then_some(out)
}

/// A value in which no object has a key twice: the JSON reader of protobuf, which Envoy uses, refuses the others.
pub(super) struct Once(pub(super) Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OnceVisitor)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Once, E> {
        Ok(Once(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Once, E> {
        Ok(Once(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Once, E> {
        Ok(Once(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Once, E> {
        Ok(Once(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Once, E> {
        Ok(Once(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Once, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Once(all.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Once, A::Error> {
        let mut all = Map::new();
        while let Some((key, Once(value))) = fields.next_entry::<String, Once>()? {
            if all.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Once(all.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::encode_base64;

    fn refusal(header: &str, payload: &str) -> Failure {
        let part = |text: &str| encode_base64(text.as_bytes(), false, true);
        let text = format!("{}.{}.c2ln", part(header), part(payload));
        Token::read(&text).err().unwrap_or("")
    }

    #[test]
    fn headers_and_claims_are_of_their_kind() {
        let good = r#"{"alg":"RS256"}"#;
        for (header, payload, wanted) in [
            (good, r#"{"iss":"a","exp":1.5,"aud":["a"]}"#, ""),
            (r#"{"alg":"RS999"}"#, "{}", "Jwt header [alg] is not supported"),
            (r#"{"alg":"RS256","kid":1}"#, "{}", "Jwt header [kid] field is not a string"),
            ("[]", "{}", "Jwt header is an invalid JSON"),
            ("null", "{}", "Jwt header [alg] field is required and must be a string"),
            ("{\"alg\":\"RS\n256\"}", "{}", "Jwt header [alg] is not supported"),
            ("{alg:'RS256',}", "{'iss':1}", "Jwt payload [iss] field is not a string"),
            (good, "null", ""),
            (good, r#"{"iss":"a","iss":"b"}"#, "Jwt payload is an invalid JSON"),
            (good, r#"{"iss":1,"exp":"x"}"#, "Jwt payload [iss] field is not a string"),
            (good, r#"{"exp":"x"}"#, "Jwt payload [exp] field is not an integer"),
            (good, r#"{"nbf":-1}"#, "Jwt payload [nbf] field is not a positive 64 bit integer"),
            (good, r#"{"exp":1e30}"#, "Jwt payload [exp] field is not a positive 64 bit integer"),
            (good, r#"{"aud":[1]}"#, "Jwt payload [aud] field is not a string or string list"),
        ] {
            assert_eq!(refusal(header, payload), wanted, "{header} {payload}");
        }
    }

    #[test]
    fn three_parts_that_are_not_empty() {
        for text in ["", "a", "a.b", "..", "a..b", ".a.b", "a.b.", "a.b.c.d"] {
            assert!(Token::read(text).err().is_some_and(|why| why.contains("3 sections")), "{text}");
        }
    }

    #[test]
    fn base64_as_envoy_takes_it() {
        assert_eq!(unescape("YW Jj\tZA").as_deref(), Some(&b"abcd"[..]));
        assert_eq!(unescape("YWJjZB").as_deref(), Some(&b"abcd"[..]));
        assert_eq!(unescape("YWJjZA==").as_deref(), Some(&b"abcd"[..]));
        for text in ["YWJjZA=", "YWJjZ", "YW+j", "YW/j", "YW=Jj", "Y%Jj"] {
            assert_eq!(unescape(text), None, "{text}");
        }
    }
}
