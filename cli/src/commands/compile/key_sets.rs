//! `--jwks`: the keys of issuers, which a cluster would fetch.

use mp_ir::mesh::Mesh;
use mp_lower::KeySet;
use serde_json::Value;

use crate::failure::Failure;
use crate::input;

const HELP: &str = "write `--jwks FILE` or `--jwks ISSUER=FILE`, the file holding JSON with a list `keys`";

/// Reads all key sets that are named: `FILE` for every issuer, or `ISSUER=FILE`.
pub(super) fn read(named: &[String]) -> Result<Vec<KeySet>, Failure> {
    named.iter().map(|text| one(text)).collect()
}

fn one(text: &str) -> Result<KeySet, Failure> {
    let (issuer, file) = match text.rsplit_once('=') {
        Some((issuer, file)) if !std::path::Path::new(text).is_file() => (Some(issuer.to_owned()), file),
        _ => (None, text),
    };
    let keys = input::read_text(std::path::Path::new(file))?;
    let parsed: Value = serde_json::from_str(&keys).map_err(|e| {
        Failure::usage(format!("{file}:{}:{}: the keys are no JSON: {e}", e.line(), e.column()), HELP)
    })?;
    if parsed.get("keys").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(Failure::usage(format!("`{file}` has no list `keys` with a key in it"), HELP));
    }
    Ok(KeySet { issuer, keys: keys.trim().to_owned() })
}

/// Refuses keys for an issuer that no rule names: a slip of the pen would leave its tokens without keys.
pub(super) fn all_used(sets: &[KeySet], mesh: &Mesh) -> Result<(), Failure> {
    let known: Vec<&str> = mesh
        .request_authentications
        .iter()
        .flat_map(|all| &all.rules)
        .map(|rule| rule.issuer.value.as_str())
        .collect();
    let stray = sets.iter().filter_map(|set| set.issuer.as_deref()).find(|issuer| !known.contains(issuer));
    let Some(issuer) = stray else { return Ok(()) };
    let known: Vec<String> = known.iter().map(|issuer| format!("`{issuer}`")).collect();
    let help = match known.as_slice() {
        [] => "the input has no RequestAuthentication".to_owned(),
        known => format!("the input has {}", known.join(", ")),
    };
    Err(Failure::usage(format!("no RequestAuthentication names the issuer `{issuer}`"), help))
}
