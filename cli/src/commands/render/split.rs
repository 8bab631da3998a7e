//! A folder for each wave, for tools that apply folders in order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use mp_model::Input;

use super::annotate;
use super::args::RenderArgs;
use super::checked::{Checked, is_for_cluster, passed_over};
use super::waves::Waves;
use crate::failure::Failure;

/// What each folder says of itself.
const KUSTOMIZATION: &str =
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- objects.yaml\n";

/// Writes the folders. Documents keep their bytes but for the annotation, if that is wanted.
pub(super) fn write(
    checked: &Checked,
    waves: &Waves,
    annotated: bool,
    folder: &Path,
    args: &RenderArgs,
) -> Result<(), Failure> {
    let mut by_wave: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
    for (place, input) in checked.inputs.iter().enumerate() {
        for (wave, text) in documents(checked, waves, annotated, (place, input))? {
            let out = by_wave.entry(wave).or_default();
            out.extend_from_slice(b"---\n");
            out.extend_from_slice(&text);
            if !text.ends_with(b"\n") {
                out.push(b'\n');
            }
        }
    }
    empty(folder)?;
    let names: Vec<String> = (0..by_wave.len()).map(|rank| name(rank, by_wave.len())).collect();
    for (name, text) in names.iter().zip(by_wave.values()) {
        put(&folder.join(name).join("objects.yaml"), text)?;
        put(&folder.join(name).join("kustomization.yaml"), KUSTOMIZATION.as_bytes())?;
    }
    match &args.flux_source {
        Some(source) => put(&folder.join("flux.yaml"), flux(source, &args.flux_path, &names)?.as_bytes()),
        None => Ok(()),
    }
}

/// The documents of a file that hold objects, each with its wave.
fn documents(
    checked: &Checked,
    waves: &Waves,
    annotated: bool,
    (place, input): (usize, &Input),
) -> Result<Vec<(i64, Vec<u8>)>, Failure> {
    let workspace = &checked.analysis.workspace;
    let Some(file) = workspace.files().get(place) else { return Ok(Vec::new()) };
    if !is_for_cluster(file) {
        passed_over(input)?;
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for (at, document) in file.documents.iter().enumerate() {
        let own = || waves.entries.iter().filter(|entry| entry.file == place && entry.document == at);
        let Some(first) = own().next() else { continue };
        if let Some(other) = own().find(|entry| entry.wave != first.wave) {
            let message = format!(
                "{}: one list holds {} of wave {} and {} of wave {}",
                workspace.sources().locate(other.span),
                first.object,
                first.wave,
                other.object,
                other.wave
            );
            return Err(Failure::usage(message, "write its items as documents of their own"));
        }
        let start = document.span.range().start;
        let edits = if annotated { annotate::of_entries(checked, own())? } else { Vec::new() };
        let moved = edits.into_iter().map(|edit| annotate::Edit {
            start: edit.start.saturating_sub(start),
            end: edit.end.saturating_sub(start),
            ..edit
        });
        let text = file.text.get(document.span.range()).unwrap_or_default();
        out.push((first.wave, annotate::in_text(text, moved.collect())));
    }
    Ok(out)
}

/// Tens leave room for folders of others in between.
fn name(rank: usize, count: usize) -> String {
    let width = if count > 10 { 3 } else { 2 };
    format!("{:0width$}-wave", rank * 10)
}

/// What an earlier run left there would still be applied.
fn empty(folder: &Path) -> Result<(), Failure> {
    let taken = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        let message = format!("`{}` is not empty", folder.display());
        return Err(Failure::usage(
            message,
            "remove it first: waves of an earlier run would be applied again",
        ));
    }
    Ok(())
}

fn put(file: &Path, text: &[u8]) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::unwritable(file, &e);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(file, text).map_err(failed)
}

/// Kustomizations of Flux, each of which waits until the one before is applied and its objects are ready.
fn flux(source: &str, path: &str, names: &[String]) -> Result<String, Failure> {
    let usage =
        || Failure::usage(format!("`--flux-source {source}` has no `/`"), "write `GitRepository/NAME`");
    let (kind, name) = source.split_once('/').ok_or_else(usage)?;
    let path = path.trim_end_matches('/');
    let mut out = String::new();
    for (at, folder) in names.iter().enumerate() {
        let own = |folder: &str| quoted(&format!("mesh-{folder}"));
        let _ = write!(
            out,
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {}\n  namespace: flux-system\nspec:\n",
            own(folder)
        );
        if let Some(before) = at.checked_sub(1).and_then(|before| names.get(before)) {
            let _ = write!(out, "  dependsOn:\n  - name: {}\n", own(before));
        }
        let _ = write!(
            out,
            "  interval: 10m\n  path: {}\n  prune: true\n  wait: true\n  sourceRef:\n    kind: {}\n    name: {}\n",
            quoted(&format!("{path}/{folder}")),
            quoted(kind),
            quoted(name)
        );
    }
    Ok(out)
}

/// Text in quotes, as JSON and YAML read it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_in_the_order_of_waves() {
        for count in [1, 9, 10, 11, 99] {
            let names: Vec<String> = (0..count).map(|rank| name(rank, count)).collect();
            let mut sorted = names.clone();
            sorted.sort();
            assert_eq!(names, sorted, "{count}");
        }
        assert_eq!([name(0, 2), name(1, 2)], ["00-wave", "10-wave"]);
    }

    #[test]
    fn one_kustomization_waits_for_the_other() {
        let names = ["00-wave".to_owned(), "10-wave".to_owned()];
        let text = flux("GitRepository/mesh", "./rendered/", &names).expect("it has a slash");
        assert!(text.contains("dependsOn:\n  - name: \"mesh-00-wave\"\n"), "{text}");
        assert_eq!(text.matches("dependsOn").count(), 1);
        assert!(text.contains("path: \"./rendered/10-wave\""), "{text}");
        assert!(flux("mesh", ".", &names).is_err());
    }
}
