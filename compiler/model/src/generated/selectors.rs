// tidy: table
//! Views of the selectors that Istio's APIs share. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `istio.type.v1beta1.PolicyTargetReference`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyTargetReference<'a>(pub Node<'a>);
view!(PolicyTargetReference);
impl<'a> PolicyTargetReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
}

/// `istio.type.v1beta1.PortSelector`.
#[derive(Clone, Copy, Debug)]
pub struct PortSelector<'a>(pub Node<'a>);
view!(PortSelector);
impl<'a> PortSelector<'a> {
    /// `number`.
    pub fn number(self) -> Option<i64> { one(self.0, "number", "number") }
}

/// `istio.type.v1beta1.WorkloadSelector`.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadSelector<'a>(pub Node<'a>);
view!(WorkloadSelector);
impl<'a> WorkloadSelector<'a> {
    /// `matchLabels`.
    pub fn match_labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "matchLabels", "match_labels") }
}

words! {
    /// `istio.type.v1beta1.WorkloadMode`.
    WorkloadMode true {
        Undefined = "UNDEFINED", 0;
        Client = "CLIENT", 1;
        Server = "SERVER", 2;
        ClientAndServer = "CLIENT_AND_SERVER", 3;
    }
}

