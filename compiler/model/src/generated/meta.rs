// tidy: table
//! Views of the status of Istio's objects. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `istio.analysis.v1alpha1.AnalysisMessageBase`.
#[derive(Clone, Copy, Debug)]
pub struct AnalysisMessageBase<'a>(pub Node<'a>);
view!(AnalysisMessageBase);
impl<'a> AnalysisMessageBase<'a> {
    /// `documentationUrl`.
    pub fn documentation_url(self) -> Option<Text<'a>> { one(self.0, "documentationUrl", "documentation_url") }
    /// `level`.
    pub fn level(self) -> Option<AnalysisMessageBaseLevel> { one(self.0, "level", "level") }
    /// `type`.
    pub fn type_(self) -> Option<AnalysisMessageBaseType<'a>> { one(self.0, "type", "type") }
}

/// `istio.analysis.v1alpha1.AnalysisMessageBase.Type`.
#[derive(Clone, Copy, Debug)]
pub struct AnalysisMessageBaseType<'a>(pub Node<'a>);
view!(AnalysisMessageBaseType);
impl<'a> AnalysisMessageBaseType<'a> {
    /// `code`.
    pub fn code(self) -> Option<Text<'a>> { one(self.0, "code", "code") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.meta.v1alpha1.IstioCondition`.
#[derive(Clone, Copy, Debug)]
pub struct IstioCondition<'a>(pub Node<'a>);
view!(IstioCondition);
impl<'a> IstioCondition<'a> {
    /// `lastProbeTime`.
    pub fn last_probe_time(self) -> Option<Text<'a>> { one(self.0, "lastProbeTime", "last_probe_time") }
    /// `lastTransitionTime`.
    pub fn last_transition_time(self) -> Option<Text<'a>> { one(self.0, "lastTransitionTime", "last_transition_time") }
    /// `message`.
    pub fn message(self) -> Option<Text<'a>> { one(self.0, "message", "message") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observed_generation") }
    /// `reason`.
    pub fn reason(self) -> Option<Text<'a>> { one(self.0, "reason", "reason") }
    /// `status`.
    pub fn status(self) -> Option<Text<'a>> { one(self.0, "status", "status") }
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
}

/// `istio.meta.v1alpha1.IstioStatus`.
#[derive(Clone, Copy, Debug)]
pub struct IstioStatus<'a>(pub Node<'a>);
view!(IstioStatus);
impl<'a> IstioStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, IstioCondition<'a>> { list(self.0, "conditions", "conditions") }
    /// `observedGeneration`.
    pub fn observed_generation(self) -> Option<i64> { one(self.0, "observedGeneration", "observed_generation") }
    /// `validationMessages`.
    pub fn validation_messages(self) -> List<'a, AnalysisMessageBase<'a>> { list(self.0, "validationMessages", "validation_messages") }
}

words! {
    /// `istio.analysis.v1alpha1.AnalysisMessageBase.Level`.
    AnalysisMessageBaseLevel true {
        Unknown = "UNKNOWN", 0;
        Error = "ERROR", 3;
        Warning = "WARNING", 8;
        Info = "INFO", 12;
    }
}

