// tidy: table
//! Types that are refused on purpose, with the reason.

/// Full protobuf name, and why the type is not run.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("envoy.extensions.filters.http.wasm.v3.Wasm", "there is no runtime of WebAssembly"),
    ("envoy.extensions.filters.network.wasm.v3.Wasm", "there is no runtime of WebAssembly"),
    (
        "envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
        "requests are not handed to other processes; ext_authz may allow or change them",
    ),
];

/// Why a type is refused on purpose.
pub(super) fn why(name: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, why)| *why)
}
