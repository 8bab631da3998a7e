//! The graph as one HTML page that needs nothing else: no network, no library, and a policy that lets no other script run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::nodes::Page;
use crate::failure::Failure;

const STYLE: &str = include_str!("page/mesh.css");
const SCRIPT: &str = include_str!("page/mesh.js");

/// The whole page.
///
/// # Errors
/// When the data cannot be written as JSON, which would be a mistake of this program.
pub(super) fn html(page: &Page) -> Result<String, Failure> {
    let data = serde_json::to_string(page).map_err(|e| Failure::Internal(e.to_string()))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, SCRIPT.as_bytes());
    let own = STANDARD.encode(digest.as_ref());
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{own}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Traffic graph</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Traffic graph</h1>\n\
         <input id=\"search\" type=\"search\" placeholder=\"Search (/)\" aria-label=\"Search by name\">\n\
         <button id=\"closer\" type=\"button\" aria-label=\"Zoom in\">+</button>\n\
         <button id=\"farther\" type=\"button\" aria-label=\"Zoom out\">&minus;</button>\n\
         <button id=\"fit\" type=\"button\">Show all</button>\n\
         <button id=\"open\" type=\"button\">Open namespaces</button>\n\
         <button id=\"close\" type=\"button\">Close namespaces</button>\n\
         <span id=\"legend\">red: missing, no route, or an error &middot; &sect; policies &middot; &#9888; findings &middot; mTLS: strict, mTLS?: permissive, plain: off</span>\n\
         </header>\n<nav id=\"filter\" aria-label=\"Namespaces\">\n<h2>Namespaces</h2>\n\
         <p><button id=\"all\" type=\"button\">all</button> <button id=\"none\" type=\"button\">none</button></p>\n<ul id=\"namespaces\"></ul>\n</nav>\n\
         <svg id=\"graph\" role=\"group\" preserveAspectRatio=\"xMidYMin meet\" aria-label=\"The graph: gateways, routes, services, subsets and workloads from left to right\"></svg>\n\
         <section id=\"details\" aria-live=\"polite\" aria-label=\"Details\"></section>\n\
         <noscript>This page draws its graph with a script of its own; <code>meshproof graph</code> prints the same as text.</noscript>\n\
         <script id=\"mesh\" type=\"application/json\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        inert(&data)
    ))
}

/// JSON that cannot end the element that it stands in, whatever names hold.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_the_element() {
        let json = serde_json::to_string("</script><!-- & \u{2028}").expect("it is text");
        let out = inert(&json);
        assert_eq!(out, "\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\"");
        assert_eq!(serde_json::from_str::<String>(&out).expect("it is JSON"), "</script><!-- & \u{2028}");
    }

    #[test]
    fn the_script_makes_no_markup_of_data() {
        for word in ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "http:", "https:"]
        {
            let allowed = word == "http:"; // the namespace of SVG
            let uses = SCRIPT.matches(word).count();
            assert_eq!(uses, usize::from(allowed), "{word}");
        }
    }
}
