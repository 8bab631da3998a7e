//! `ValidateWasmPlugin`, `ValidateTrafficExtension` (istio 1.31 `pkg/config/validation/validation.go`).

use super::findings::Findings;
use super::selectors::targets;
use crate::admission::crd::url::{parse, parse_request_uri};
use crate::admission::decode::message::Message;

/// All rules of a WasmPlugin.
pub(super) fn wasm_plugin(out: &mut Findings, plugin: &Message) {
    targets(out, plugin);
    wasm(out, plugin, "255");
    selectors(out, plugin);
}

/// All rules of a TrafficExtension.
pub(super) fn traffic_extension(out: &mut Findings, extension: &Message) {
    let (own, lua) = (extension.message("wasm"), extension.message("lua"));
    if own.is_none() && lua.is_none() {
        out.error(&extension.place, "exactly one of wasm or lua must be set");
    }
    targets(out, extension);
    if let Some(lua) = lua {
        let size = lua.text("inlineCode").len();
        out.error_if(size == 0, lua, "inlineCode", "lua.inlineCode cannot be empty");
        out.error_if(size > 65536, lua, "inlineCode", "lua.inlineCode exceeds maximum size of 64KB");
    }
    if let Some(own) = own {
        wasm(out, own, "256");
    }
    selectors(out, extension);
}

fn url(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("url field needs to be set".to_owned());
    }
    let with_scheme = format!("http://{text}");
    let (url, read) = match (parse_request_uri(text), parse_request_uri(&with_scheme)) {
        (Ok(url), _) => (url, text),
        (Err(_), Ok(url)) => (url, with_scheme.as_str()),
        (Err(why), Err(_)) => return Err(format!("failed to parse url: {why}")),
    };
    parse(read).map_err(|why| format!("failed to strict parse url: {why}"))?;
    match url.scheme.as_str() {
        "" | "file" | "http" | "https" | "oci" => Ok(()),
        scheme => Err(format!("url contains unsupported scheme: {scheme}")),
    }
}

fn wasm(out: &mut Findings, own: &Message, limit: &str) {
    out.check(&own.at("url"), url(own.text("url")));
    let sha = own.text("sha256");
    if !sha.is_empty() && sha.len() != 64 {
        out.at(own, "sha256", "sha256 field must be 64 characters long");
    } else if !sha.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        out.at(own, "sha256", "sha256 field must match [a-f0-9]{64} pattern");
    }
    let long = own.text("imagePullSecret").len() > 253;
    out.error_if(long, own, "imagePullSecret", "imagePullSecret field must be less than 253 characters long");
    let text = format!("pluginName field must be less than {limit} characters long");
    out.error_if(own.text("pluginName").len() > 256, own, "pluginName", &text);
    let mut seen: Vec<&str> = Vec::new();
    for env in own.message("vmConfig").into_iter().flat_map(|vm| vm.messages("env")) {
        let name = env.text("name");
        let why = match name {
            "" => "spec.vmConfig.env invalid",
            _ if name.len() > 256 => "env.name field must be less than 255 characters long",
            _ if seen.contains(&name) => "duplicate env",
            _ if env.number("valueFrom") != 0 && !env.text("value").is_empty() => {
                "value may only be set when valueFrom is INLINE"
            }
            _ => "",
        };
        if !why.is_empty() {
            return out.error(&env.place, why);
        }
        seen.push(name);
    }
}

fn selectors(out: &mut Findings, own: &Message) {
    for (at, selector) in own.messages("match").enumerate() {
        for (n, port) in selector.messages("ports").enumerate() {
            let number = port.int("number");
            if !(1..=65535).contains(&number) {
                return out.at(
                    port,
                    "number",
                    format!("spec.Match[{at}].Ports[{n}] is out of range: {number}"),
                );
            }
        }
    }
}
