//! Finds the schemas: crates through cargo, modules through Go, both pinned here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::project;

/// Directories of the modules that ship CRDs.
pub(crate) struct CrdSources {
    pub(crate) istio_api: PathBuf,
    pub(crate) gateway_api: PathBuf,
}

impl CrdSources {
    /// Only what Go's cache holds already.
    #[cfg(test)]
    pub(crate) fn cached() -> Result<Self, String> {
        Ok(Self { istio_api: cached(ISTIO_API)?, gateway_api: cached(GATEWAY_API)? })
    }
}

/// The crate that ships Envoy's protos.
const ENVOY_TYPES: (&str, &str) = ("envoy-types", "0.7.7");
/// Istio's own kinds and the configuration of its filters.
const ISTIO_API: &str = "istio.io/api@v1.31.1";
/// The CRDs of the Gateway API.
const GATEWAY_API: &str = "sigs.k8s.io/gateway-api@v1.6.0";
/// The core kinds of Kubernetes.
const K8S_API: &str = "k8s.io/api@v0.36.1";
/// `ObjectMeta`, `LabelSelector`, `Time` and the like.
const K8S_MACHINERY: &str = "k8s.io/apimachinery@v0.36.1";

/// Directories of the pinned sources.
pub(crate) struct Sources {
    /// `proto/` of envoy-types: one directory per upstream repository.
    pub(crate) envoy_protos: PathBuf,
    pub(crate) crds: CrdSources,
    pub(crate) k8s_api: PathBuf,
    pub(crate) k8s_machinery: PathBuf,
}

impl Sources {
    /// Downloads what is not yet in the caches of cargo and Go.
    pub(crate) fn locate() -> Result<Self, String> {
        Ok(Self {
            envoy_protos: crate_dir(ENVOY_TYPES)?.join("proto"),
            crds: CrdSources { istio_api: module(ISTIO_API)?, gateway_api: module(GATEWAY_API)? },
            k8s_api: module(K8S_API)?,
            k8s_machinery: module(K8S_MACHINERY)?,
        })
    }
}

/// A throw-away package that depends on the crate, so that the project's own lock file stays free of it.
fn crate_dir((name, version): (&str, &str)) -> Result<PathBuf, String> {
    let package = project::root().join("target/codegen").join(name);
    let manifest = package.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
    );
    project::write(&manifest, text.as_bytes())?;
    project::write(&package.join("src/lib.rs"), b"")?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--format-version", "1", "--manifest-path"]).arg(&manifest);
    let metadata: Value = json(&project::output(&mut cargo)?)?;
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let mut found = packages.filter(|p| p.get("name").and_then(Value::as_str) == Some(name));
    let manifest = found.next().and_then(|p| p.get("manifest_path")).and_then(Value::as_str);
    let dir = manifest.and_then(|path| Path::new(path).parent());
    dir.map(Path::to_path_buf).ok_or_else(|| format!("cargo does not know the crate {name} {version}"))
}

/// The directory of a module in Go's cache, if it is there.
#[cfg(test)]
pub(crate) fn cached(module: &str) -> Result<PathBuf, String> {
    let cache = project::output(Command::new("go").args(["env", "GOMODCACHE"]))?;
    let dir = Path::new(String::from_utf8_lossy(&cache).trim()).join(module);
    if dir.is_dir() { Ok(dir) } else { Err(format!("{module} is not in Go's cache")) }
}

/// Where a module of Go lies, downloaded when it is not there yet.
pub(crate) fn module(module: &str) -> Result<PathBuf, String> {
    let mut go = Command::new("go");
    go.args(["mod", "download", "-json", module]).env("GOWORK", "off").current_dir(std::env::temp_dir());
    let answer = project::output(&mut go).map_err(|why| {
        format!("{why}\nGo is needed for the module {module} (only to generate code, not to build or test)")
    })?;
    let answer: Value = json(&answer)?;
    let dir = answer.get("Dir").and_then(Value::as_str);
    dir.map(PathBuf::from).ok_or_else(|| format!("the Go module {module} cannot be had: {answer}"))
}

fn json(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("not JSON: {e}"))
}
