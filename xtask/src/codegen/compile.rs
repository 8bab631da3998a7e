//! Compiles protos: each file by a compiler of its own, because names resolve wrongly when files share one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use prost::Message as _;
use prost_reflect::DescriptorPool;
use prost_reflect::prost_types::{FileDescriptorProto, FileDescriptorSet};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::constraints::Constraints;
use super::sources::Sources;
use super::{roots, trim};
use crate::project;

/// Files that only some messages are kept of.
const MORE_FILES: [&str; 2] =
    ["envoy/service/discovery/v3/discovery.proto", "envoy/admin/v3/config_dump.proto"];

/// A place to import from: names that begin with `prefix` are files below `dir`, without the prefix.
#[derive(Clone, Debug)]
pub(crate) struct Include {
    pub(crate) prefix: &'static str,
    pub(crate) dir: PathBuf,
}

impl FileResolver for Include {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let missing = || protox::Error::file_not_found(name);
        let path = self.dir.join(name.strip_prefix(self.prefix).ok_or_else(missing)?);
        let mut text = std::fs::read_to_string(path).map_err(|_| missing())?;
        for (file, from, to) in roots::FULL_NAMES {
            if *file == name {
                text = text.replace(from, to);
            }
        }
        File::from_source(name, &text)
    }
}

/// The directories that the protos of Envoy, of Istio and our own are imported from.
fn includes(sources: &Sources) -> Vec<Include> {
    let include = |dir| Include { prefix: "", dir };
    let upstream = ["data-plane-api", "xds", "protoc-gen-validate", "googleapis", "cel-spec", "client_model"];
    let more = ["opentelemetry-proto", "ratelimit"];
    let mut all = vec![include(project::root().join("xtask/proto"))];
    all.extend(upstream.iter().chain(&more).map(|dir| include(sources.envoy_protos.join(dir))));
    all.push(include(sources.envoy_protos.join("cel-spec/proto")));
    all.push(include(sources.crds.istio_api.clone()));
    all.push(include(sources.crds.istio_api.join("common-protos")));
    all
}

/// Files by name, with all that they import.
pub(crate) fn files(
    names: &[String],
    includes: &[Include],
) -> Result<BTreeMap<String, FileDescriptorProto>, String> {
    compiled(names, includes, &mut |_| {})
}

/// [`files`]; `each` sees the pool of each file with its options.
fn compiled(
    names: &[String],
    includes: &[Include],
    each: &mut dyn FnMut(&DescriptorPool),
) -> Result<BTreeMap<String, FileDescriptorProto>, String> {
    let mut all = BTreeMap::new();
    for name in names {
        if all.contains_key(name) {
            continue;
        }
        let mut chain = ChainFileResolver::new();
        for include in includes {
            chain.add(include.clone());
        }
        chain.add(GoogleFileResolver::new());
        let mut compiler = Compiler::with_file_resolver(chain);
        compiler.include_imports(true).include_source_info(false);
        compiler.open_file(name).map_err(|e| format!("{name}: {e}"))?;
        each(&compiler.descriptor_pool());
        for file in compiler.file_descriptor_set().file {
            all.entry(file.name().to_owned()).or_insert(file);
        }
    }
    Ok(all)
}

/// Two descriptor sets: what a mesh needs without patches of its own, which loads quickly, and everything.
pub(crate) struct Envoy {
    pub(crate) sent: Vec<u8>,
    pub(crate) all: Vec<u8>,
    /// What the messages of `all` demand of their fields, as Rust.
    pub(crate) demands: String,
}

/// Compiles and trims them.
pub(crate) fn envoy(sources: &Sources) -> Result<Envoy, String> {
    let includes = includes(sources);
    let mut names = wanted(&includes)?;
    names.extend(MORE_FILES.map(String::from));
    let mut constraints = Constraints::default();
    let files = compiled(&names, &includes, &mut |pool| constraints.add(pool))?;
    let well_known: Vec<String> = names.iter().filter(|name| name.starts_with("google/")).cloned().collect();
    let sent = FileDescriptorSet { file: trim::trim(files.clone(), &well_known, roots::SENT_BY_ISTIOD)? };
    let all = FileDescriptorSet { file: trim::trim(files, &names, roots::MESSAGES)? };
    let (sent, all) = (checked("sent", &sent)?, checked("all", &all)?);
    let kept = DescriptorPool::decode(all.as_slice()).map_err(|e| e.to_string())?;
    Ok(Envoy { sent, all, demands: constraints.write(&kept) })
}

/// The bytes of a set that loads and holds what istiod sends.
fn checked(word: &str, set: &FileDescriptorSet) -> Result<Vec<u8>, String> {
    let bytes = set.encode_to_vec();
    let started = Instant::now();
    let pool = DescriptorPool::decode(bytes.as_slice()).map_err(|e| format!("the trimmed set: {e}"))?;
    let took = started.elapsed().as_secs_f64() * 1e3;
    println!(
        "{word}: {} files, {} messages, loads in {took:.1} ms",
        pool.files().count(),
        pool.all_messages().count()
    );
    for name in roots::SENT_BY_ISTIOD {
        pool.get_message_by_name(name).ok_or_else(|| format!("{name} is not in the trimmed set"))?;
    }
    Ok(bytes)
}

/// The names of the files that the tables keep.
fn wanted(includes: &[Include]) -> Result<Vec<String>, String> {
    let mut names: Vec<String> =
        roots::KEEP.iter().filter(|k| k.starts_with("google/")).map(|k| (*k).to_owned()).collect();
    for include in includes {
        for path in project::files_below(&include.dir, ".proto")? {
            let name =
                path.strip_prefix(&include.dir).map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
            let kept = roots::KEEP.iter().any(|k| name.starts_with(k))
                && !roots::DROP.iter().any(|d| name.starts_with(d));
            if kept && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}
