//! Reads type declarations out of gofmt-formatted Go source.

use std::collections::BTreeMap;
use std::path::Path;

use crate::project;

/// The declarations of one Go package.
#[derive(Default)]
pub(crate) struct Package {
    pub(crate) types: BTreeMap<String, Declaration>,
}

/// What follows `type NAME`, with the imports that its file names packages by.
#[derive(Clone)]
pub(crate) struct Declaration {
    pub(crate) body: Body,
    pub(crate) imports: BTreeMap<String, String>,
    /// Marked `+enum`: only its constants are values.
    pub(crate) is_enum: bool,
    /// Whether the name is another one for the same type.
    pub(crate) is_alias: bool,
    /// Constants of the type, in order.
    pub(crate) constants: Vec<String>,
}

#[derive(Clone)]
pub(crate) enum Body {
    Struct(Vec<Member>),
    /// Another type, as written.
    Other(String),
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Empty when the fields of the type are those of the struct itself.
    pub(crate) json: String,
    pub(crate) ty: String,
}

impl Package {
    /// Reads all files of a directory but tests and generated ones.
    pub(crate) fn read(dir: &Path) -> Result<Self, String> {
        let mut package = Self::default();
        let mut constants: Vec<(String, String)> = Vec::new();
        for path in project::entries(dir)? {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if name.ends_with(".go") && !name.ends_with("_test.go") && !name.contains("generated") {
                package.add_file(&project::read(&path)?, &mut constants);
            }
        }
        for (ty, value) in constants {
            if let Some(declaration) = package.types.get_mut(&ty) {
                declaration.constants.push(value);
            }
        }
        Ok(package)
    }

    fn add_file(&mut self, text: &str, constants: &mut Vec<(String, String)>) {
        let imports = imports(text);
        let mut is_enum = false;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            constants.extend(constant(line));
            match line.strip_prefix("type ").and_then(|rest| rest.split_once(' ')) {
                Some((name, rest)) if !name.contains('[') => {
                    let body = match rest.trim() {
                        "struct {" => Body::Struct(members(&mut lines)),
                        "struct{}" => Body::Struct(Vec::new()),
                        other => Body::Other(other.trim_start_matches("= ").to_owned()),
                    };
                    let is_alias = rest.starts_with("= ");
                    let imports = imports.clone();
                    let declaration = Declaration { body, imports, is_enum, is_alias, constants: Vec::new() };
                    self.types.insert(name.trim().to_owned(), declaration);
                    is_enum = false;
                }
                _ if line == "type (" => self.add_aliases(&mut lines, &imports),
                _ => is_enum = line.starts_with("//") && (is_enum || line == "// +enum"),
            }
        }
    }

    /// The lines `Name = other.Name` up to the closing parenthesis.
    fn add_aliases<'a>(
        &mut self,
        lines: &mut impl Iterator<Item = &'a str>,
        imports: &BTreeMap<String, String>,
    ) {
        for line in lines.take_while(|line| *line != ")") {
            if let Some((name, other)) = line.trim().split_once(" = ") {
                let body = Body::Other(other.to_owned());
                let imports = imports.clone();
                let declaration =
                    Declaration { body, imports, is_enum: false, is_alias: true, constants: Vec::new() };
                self.types.insert(name.trim().to_owned(), declaration);
            }
        }
    }
}

/// Package names to import paths.
fn imports(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim).take_while(|line| !line.starts_with("type ")) {
        let line = line.strip_prefix("import ").unwrap_or(line);
        let Some((name, rest)) = line.split_once('"') else { continue };
        let Some(path) = rest.strip_suffix('"') else { continue };
        let last = path.rsplit('/').next().unwrap_or(path);
        let name = if name.trim().is_empty() { last } else { name.trim() };
        found.insert(name.to_owned(), path.to_owned());
    }
    found
}

/// The fields up to the closing brace, which leaves out those without a JSON name.
fn members<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Vec<Member> {
    let mut found = Vec::new();
    for line in lines {
        if line == "}" {
            break;
        }
        found.extend(member(line.trim()));
    }
    found
}

fn member(line: &str) -> Option<Member> {
    if line.starts_with("//") {
        return None;
    }
    let (declared, tag) = line.split_once('`')?;
    let json = tag.split_once("json:\"")?.1.split_once('"')?.0;
    let words: Vec<&str> = declared.split_whitespace().collect();
    let (name, options) = json.split_once(',').unwrap_or((json, ""));
    let ty = (*words.last()?).to_owned();
    let inline = options.split(',').any(|option| option == "inline");
    match (inline, name) {
        (true, _) => Some(Member { json: String::new(), ty }),
        (_, "-" | "") => None,
        _ => Some(Member { json: name.to_owned(), ty }),
    }
}

/// `Name Type = "value"` in a const block: type and value.
fn constant(line: &str) -> Option<(String, String)> {
    let (declared, value) = line.trim().split_once(" = \"")?;
    let words: Vec<&str> = declared.trim_start_matches("const ").split_whitespace().collect();
    match words.as_slice() {
        [_, ty] => Some(((*ty).to_owned(), value.split_once('"')?.0.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Words.
// +enum
type Mode string

const (
	// One mode.
	ModeA Mode = "A"
	ModeB Mode = "B"
)

type Open string

type Thing struct {
	metav1.TypeMeta `json:",inline"`
	// Name of it; `json:"not"` a field.
	Name *string `json:"name,omitempty" protobuf:"bytes,1,opt,name=name"`
	Ports map[string]intstr.IntOrString `json:"ports"`
	hidden int
	Skipped int `json:"-"`
}

type (
	// Other is the same.
	Other = metav1.Other
)
"#;

    #[test]
    fn structs_enums_and_imports() {
        let mut package = Package::default();
        let mut constants = Vec::new();
        package.add_file(SOURCE, &mut constants);
        assert_eq!(constants, [("Mode".into(), "A".into()), ("Mode".into(), "B".into())]);
        assert!(package.types["Mode"].is_enum);
        assert!(!package.types["Open"].is_enum);
        assert!(matches!(&package.types["Other"].body, Body::Other(other) if other == "metav1.Other"));
        let thing = &package.types["Thing"];
        assert_eq!(thing.imports["intstr"], "k8s.io/apimachinery/pkg/util/intstr");
        let Body::Struct(members) = &thing.body else { panic!("a struct") };
        let found: Vec<(&str, &str)> = members.iter().map(|m| (m.json.as_str(), m.ty.as_str())).collect();
        assert_eq!(
            found,
            [("", "metav1.TypeMeta"), ("name", "*string"), ("ports", "map[string]intstr.IntOrString")]
        );
    }
}
