//! JSON as `YAMLToJSON` writes it.

/// Go's `strconv.FormatFloat(n, 'g', -1, 32)` with the names YAML has for what is no number.
pub(crate) fn go_float32(n: f64) -> String {
    n.to_string()
}
