//! Rules for Rust: short functions, documented items.

use std::collections::BTreeSet;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Ident, Signature, Visibility};

use super::{Finding, TextFile, banned};

const MOST_LINES: usize = 40;

/// What a file of Rust breaks. `files` are all files, to look a module's own documentation up.
pub(crate) fn check(file: &TextFile, files: &[TextFile]) -> Vec<Finding> {
    let parsed = match syn::parse_file(&file.text) {
        Ok(parsed) => parsed,
        Err(fault) => {
            return vec![Finding::new(&file.path, fault.span().start().line, format!("no Rust: {fault}"))];
        }
    };
    let documented =
        files.iter().filter(|f| f.path.ends_with(".rs") && has_inner_docs(&f.text)).map(|f| f.path.as_str());
    let mut walk = Walk { file, documented: documented.collect(), findings: Vec::new(), excused: 0 };
    walk.visit_file(&parsed);
    walk.findings
}

fn has_inner_docs(text: &str) -> bool {
    let lines = text.lines().map(str::trim_start);
    lines
        .take_while(|line| line.is_empty() || line.starts_with("//") || line.starts_with("#!"))
        .any(|l| l.starts_with("//!"))
}

struct Walk<'a> {
    file: &'a TextFile,
    documented: BTreeSet<&'a str>,
    findings: Vec<Finding>,
    /// How many of the items around this one excuse it from documentation.
    excused: usize,
}

impl Walk<'_> {
    fn report(&mut self, ident: &Ident, message: String) {
        self.findings.push(Finding::new(&self.file.path, ident.span().start().line, message));
    }

    fn length(&mut self, signature: &Signature, block: &Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line.saturating_sub(first) + 1;
        if lines > MOST_LINES && self.file.is_handwritten_rust() {
            self.report(
                &signature.ident,
                format!("`{}` has {lines} lines; at most {MOST_LINES}", signature.ident),
            );
        }
    }

    fn docs(&mut self, visibility: &Visibility, attributes: &[Attribute], ident: &Ident) {
        let public = matches!(visibility, Visibility::Public(_));
        if public && self.excused == 0 && !attributes.iter().any(|a| a.path().is_ident("doc")) {
            self.report(ident, format!("`{ident}` is public and not documented"));
        }
    }

    /// Visits what is inside an item that may excuse it.
    fn inside(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let excuses = attributes.iter().any(excuses_docs);
        self.excused += usize::from(excuses);
        visit(self);
        self.excused -= usize::from(excuses);
    }
}

/// `#[cfg(test)]`, or a lint attribute that names `missing_docs`.
fn excuses_docs(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let words = list.tokens.to_string();
    let lint = list.path.is_ident("expect") || list.path.is_ident("allow");
    (list.path.is_ident("cfg") && words == "test") || (lint && words.contains("missing_docs"))
}

/// One visit method per kind of item that only has a name, attributes and a visibility.
macro_rules! plain_items {
    ($($method:ident $item:ident $ident:ident;)*) => {
        $(fn $method(&mut self, item: &syn::$item) {
            self.docs(&item.vis, &item.attrs, &item.$ident);
            self.inside(&item.attrs, |walk| visit::$method(walk, item));
        })*
    };
}

impl<'ast> Visit<'ast> for Walk<'_> {
    plain_items! {
        visit_item_const ItemConst ident;
        visit_item_enum ItemEnum ident;
        visit_item_static ItemStatic ident;
        visit_item_type ItemType ident;
        visit_item_union ItemUnion ident;
    }

    fn visit_item_struct(&mut self, item: &syn::ItemStruct) {
        self.docs(&item.vis, &item.attrs, &item.ident);
        let hidden = !matches!(item.vis, Visibility::Public(_));
        self.excused += usize::from(hidden);
        self.inside(&item.attrs, |walk| visit::visit_item_struct(walk, item));
        self.excused -= usize::from(hidden);
    }

    fn visit_item_trait(&mut self, item: &syn::ItemTrait) {
        self.docs(&item.vis, &item.attrs, &item.ident);
        if matches!(item.vis, Visibility::Public(_)) {
            for method in
                item.items.iter().filter_map(|i| if let syn::TraitItem::Fn(f) = i { Some(f) } else { None })
            {
                self.docs(&item.vis, &method.attrs, &method.sig.ident);
            }
        }
        self.inside(&item.attrs, |walk| visit::visit_item_trait(walk, item));
    }

    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        self.length(&item.sig, &item.block);
        self.docs(&item.vis, &item.attrs, &item.sig.ident);
        self.inside(&item.attrs, |walk| visit::visit_item_fn(walk, item));
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.length(&item.sig, &item.block);
        self.docs(&item.vis, &item.attrs, &item.sig.ident);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.length(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_field(&mut self, field: &syn::Field) {
        if let Some(ident) = &field.ident {
            self.docs(&field.vis, &field.attrs, ident);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        if banned::MODULES.contains(&item.ident.to_string().as_str()) {
            self.report(&item.ident, format!("`{}` says nothing about what is in it", item.ident));
        }
        let own = module_files(&self.file.path, &item.ident.to_string());
        if item.content.is_some() || !own.iter().any(|path| self.documented.contains(path.as_str())) {
            self.docs(&item.vis, &item.attrs, &item.ident);
        }
        self.inside(&item.attrs, |walk| visit::visit_item_mod(walk, item));
    }
}

/// Where `mod name;` of a file may be.
fn module_files(path: &str, name: &str) -> [String; 2] {
    let (dir, stem) = path.rsplit_once('/').unwrap_or(("", path));
    let dir = match stem {
        "lib.rs" | "main.rs" | "mod.rs" => dir.to_owned(),
        _ => format!("{dir}/{}", stem.trim_end_matches(".rs")),
    };
    [format!("{dir}/{name}.rs"), format!("{dir}/{name}/mod.rs")]
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
