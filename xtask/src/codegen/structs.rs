//! The Go structs that `encoding/json` fills when Istio reads metadata and kinds of the Gateway API: what it says of a value of another
//! type names the struct, the way to the field and the Go type.
//!
//! A line that begins in column one is a struct, the lines behind it its fields: `json type`, or `json=way type` where the field stands in
//! embedded structs. A type is `[]T`, `{}T` for a map by text, `@S` for a struct, `time`, `any`, a scalar's word, or `v1.Name:word` for a named
//! scalar.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::golang::{Body, Declaration};
use super::kube::{GATEWAY, META, Reader, home};
use super::sources::Sources;

/// The bodies of the kinds that Istio reads in this way, and what all objects have.
const ROOTS: &[(&str, &str)] = &[
    (META, "ObjectMeta"),
    (GATEWAY, "GatewayClassSpec"),
    (GATEWAY, "GatewaySpec"),
    (GATEWAY, "HTTPRouteSpec"),
    (GATEWAY, "GRPCRouteSpec"),
    (GATEWAY, "TLSRouteSpec"),
    (GATEWAY, "TCPRouteSpec"),
    (GATEWAY, "UDPRouteSpec"),
    (GATEWAY, "BackendTLSPolicySpec"),
    (GATEWAY, "ListenerSetSpec"),
    (GATEWAY, "ReferenceGrantSpec"),
];

/// Istio's struct for objects of any kind (`pilot/pkg/config/kube/crd/types.go`); the body is read later.
const ISTIO_KIND: (&str, &str) = (
    "crd.IstioKind",
    " apiVersion=TypeMeta.apiVersion string\n kind=TypeMeta.kind string\n metadata @v1.ObjectMeta\n spec any\n status any\n",
);

/// Types that read their JSON themselves.
const OWN: &[(&str, &str, &str)] = &[(META, "Time", "time"), (META, "FieldsV1", "any")];

struct Writer<'s> {
    reader: Reader<'s>,
    structs: BTreeMap<String, String>,
}

pub(super) fn write(sources: &Sources) -> Result<String, String> {
    let structs = BTreeMap::from([(ISTIO_KIND.0.to_owned(), ISTIO_KIND.1.to_owned())]);
    let mut writer = Writer { reader: Reader::new(sources), structs };
    for (path, name) in ROOTS {
        writer.structure(path, name)?;
    }
    Ok(writer.structs.iter().map(|(name, fields)| format!("{name}\n{fields}")).collect())
}

/// The package's name and the type's, as Go prints them.
fn shown(path: &str, name: &str) -> String {
    format!("{}.{name}", path.rsplit('/').next().unwrap_or(path))
}

impl Writer<'_> {
    fn structure(&mut self, path: &str, name: &str) -> Result<String, String> {
        let shown = shown(path, name);
        if !self.structs.contains_key(&shown) {
            self.structs.insert(shown.clone(), String::new());
            let declaration = self.reader.declaration(path, name)?;
            let mut fields = BTreeMap::new();
            self.fields(path, &declaration, "", &mut fields)?;
            let text = fields.into_iter().fold(String::new(), |mut text, (json, (way, ty))| {
                let way = if way.is_empty() { String::new() } else { format!("={way}{json}") };
                let _ = writeln!(text, " {json}{way} {ty}");
                text
            });
            self.structs.insert(shown.clone(), text);
        }
        Ok(shown)
    }

    fn fields(
        &mut self,
        path: &str,
        of: &Declaration,
        way: &str,
        into: &mut BTreeMap<String, (String, String)>,
    ) -> Result<(), String> {
        let Body::Struct(members) = &of.body else { return Ok(()) };
        for member in members {
            if member.json.is_empty() {
                let (path, name) = home(path, of, member.ty.trim_start_matches('*'));
                let embedded = self.reader.declaration(&path, &name)?;
                self.fields(&path, &embedded, &format!("{way}{name}."), into)?;
            } else {
                let ty = self.ty(path, of, &member.ty)?;
                into.insert(member.json.clone(), (way.to_owned(), ty));
            }
        }
        Ok(())
    }

    fn ty(&mut self, path: &str, of: &Declaration, written: &str) -> Result<String, String> {
        let written = written.trim_start_matches('*');
        if let Some(item) = written.strip_prefix("[]") {
            return Ok(format!("[]{}", self.ty(path, of, item)?));
        }
        if let Some((_, value)) = written.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
            return Ok(format!("{{}}{}", self.ty(path, of, value)?));
        }
        if matches!(written, "string" | "bool" | "int" | "int32" | "int64" | "uint16" | "uint32") {
            return Ok(written.to_owned());
        }
        let (path, name) = home(path, of, written);
        if let Some((.., own)) = OWN.iter().find(|(p, n, _)| *p == path && *n == name) {
            return Ok((*own).to_owned());
        }
        let declaration = self.reader.declaration(&path, &name)?;
        match &declaration.body {
            Body::Struct(_) => Ok(format!("@{}", self.structure(&path, &name)?)),
            Body::Other(other) if declaration.is_alias => self.ty(&path, &declaration, other),
            Body::Other(other) => {
                Ok(format!("{}:{}", shown(&path, &name), self.ty(&path, &declaration, other)?))
            }
        }
    }
}
