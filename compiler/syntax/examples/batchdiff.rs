//! scratch
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason="x")]
use std::io::{BufRead, Write};
fn main() {
    let stdin = std::io::stdin().lock();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in stdin.lines() {
        let v: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let o = match mp_syntax::batch_json(v["y"].as_str().unwrap()) {
            Ok(j) => serde_json::json!({"j": j}),
            Err(e) => serde_json::json!({"e": e}),
        };
        writeln!(out, "{o}").unwrap();
    }
}
