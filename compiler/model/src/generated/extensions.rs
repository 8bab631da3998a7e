// tidy: table
//! Views of Istio's extensions API: WasmPlugin, TrafficExtension. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `istio.extensions.v1alpha1.EnvVar`.
#[derive(Clone, Copy, Debug)]
pub struct EnvVar<'a>(pub Node<'a>);
view!(EnvVar);
impl<'a> EnvVar<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
    /// `valueFrom`.
    pub fn value_from(self) -> Option<EnvValueSource> { one(self.0, "valueFrom", "value_from") }
}

/// `istio.extensions.v1alpha1.LuaConfig`.
#[derive(Clone, Copy, Debug)]
pub struct LuaConfig<'a>(pub Node<'a>);
view!(LuaConfig);
impl<'a> LuaConfig<'a> {
    /// `inlineCode`.
    pub fn inline_code(self) -> Option<Text<'a>> { one(self.0, "inlineCode", "inline_code") }
}

/// `istio.extensions.v1alpha1.TrafficExtension`.
#[derive(Clone, Copy, Debug)]
pub struct TrafficExtension<'a>(pub Node<'a>);
view!(TrafficExtension);
impl<'a> TrafficExtension<'a> {
    /// `lua`.
    pub fn lua(self) -> Option<LuaConfig<'a>> { one(self.0, "lua", "lua") }
    /// `match`.
    pub fn match_(self) -> List<'a, TrafficSelector<'a>> { list(self.0, "match", "match") }
    /// `phase`.
    pub fn phase(self) -> Option<TrafficExtensionExecutionPhase> { one(self.0, "phase", "phase") }
    /// `priority`.
    pub fn priority(self) -> Option<i64> { one(self.0, "priority", "priority") }
    /// `selector`.
    pub fn selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "selector", "selector") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, super::selectors::PolicyTargetReference<'a>> { list(self.0, "targetRefs", "targetRefs") }
    /// `wasm`.
    pub fn wasm(self) -> Option<WasmConfig<'a>> { one(self.0, "wasm", "wasm") }
}

/// `istio.extensions.v1alpha1.TrafficSelector`.
#[derive(Clone, Copy, Debug)]
pub struct TrafficSelector<'a>(pub Node<'a>);
view!(TrafficSelector);
impl<'a> TrafficSelector<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<super::selectors::WorkloadMode> { one(self.0, "mode", "mode") }
    /// `ports`.
    pub fn ports(self) -> List<'a, super::selectors::PortSelector<'a>> { list(self.0, "ports", "ports") }
}

/// `istio.extensions.v1alpha1.VmConfig`.
#[derive(Clone, Copy, Debug)]
pub struct VmConfig<'a>(pub Node<'a>);
view!(VmConfig);
impl<'a> VmConfig<'a> {
    /// `env`.
    pub fn env(self) -> List<'a, EnvVar<'a>> { list(self.0, "env", "env") }
}

/// `istio.extensions.v1alpha1.WasmConfig`.
#[derive(Clone, Copy, Debug)]
pub struct WasmConfig<'a>(pub Node<'a>);
view!(WasmConfig);
impl<'a> WasmConfig<'a> {
    /// `failStrategy`.
    pub fn fail_strategy(self) -> Option<FailStrategy> { one(self.0, "failStrategy", "fail_strategy") }
    /// `imagePullPolicy`.
    pub fn image_pull_policy(self) -> Option<PullPolicy> { one(self.0, "imagePullPolicy", "image_pull_policy") }
    /// `imagePullSecret`.
    pub fn image_pull_secret(self) -> Option<Text<'a>> { one(self.0, "imagePullSecret", "image_pull_secret") }
    /// `pluginConfig`.
    pub fn plugin_config(self) -> Option<Node<'a>> { one(self.0, "pluginConfig", "plugin_config") }
    /// `pluginName`.
    pub fn plugin_name(self) -> Option<Text<'a>> { one(self.0, "pluginName", "plugin_name") }
    /// `sha256`.
    pub fn sha256(self) -> Option<Text<'a>> { one(self.0, "sha256", "sha256") }
    /// `type`.
    pub fn type_(self) -> Option<PluginType> { one(self.0, "type", "type") }
    /// `url`.
    pub fn url(self) -> Option<Text<'a>> { one(self.0, "url", "url") }
    /// `verificationKey`.
    pub fn verification_key(self) -> Option<Text<'a>> { one(self.0, "verificationKey", "verification_key") }
    /// `vmConfig`.
    pub fn vm_config(self) -> Option<VmConfig<'a>> { one(self.0, "vmConfig", "vm_config") }
}

/// `istio.extensions.v1alpha1.WasmPlugin`.
#[derive(Clone, Copy, Debug)]
pub struct WasmPlugin<'a>(pub Node<'a>);
view!(WasmPlugin);
impl<'a> WasmPlugin<'a> {
    /// `failStrategy`.
    pub fn fail_strategy(self) -> Option<FailStrategy> { one(self.0, "failStrategy", "fail_strategy") }
    /// `imagePullPolicy`.
    pub fn image_pull_policy(self) -> Option<PullPolicy> { one(self.0, "imagePullPolicy", "image_pull_policy") }
    /// `imagePullSecret`.
    pub fn image_pull_secret(self) -> Option<Text<'a>> { one(self.0, "imagePullSecret", "image_pull_secret") }
    /// `match`.
    pub fn match_(self) -> List<'a, WasmPluginTrafficSelector<'a>> { list(self.0, "match", "match") }
    /// `phase`.
    pub fn phase(self) -> Option<PluginPhase> { one(self.0, "phase", "phase") }
    /// `pluginConfig`.
    pub fn plugin_config(self) -> Option<Node<'a>> { one(self.0, "pluginConfig", "plugin_config") }
    /// `pluginName`.
    pub fn plugin_name(self) -> Option<Text<'a>> { one(self.0, "pluginName", "plugin_name") }
    /// `priority`.
    pub fn priority(self) -> Option<i64> { one(self.0, "priority", "priority") }
    /// `selector`.
    pub fn selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "selector", "selector") }
    /// `sha256`.
    pub fn sha256(self) -> Option<Text<'a>> { one(self.0, "sha256", "sha256") }
    /// `targetRef`.
    pub fn target_ref(self) -> Option<super::selectors::PolicyTargetReference<'a>> { one(self.0, "targetRef", "targetRef") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, super::selectors::PolicyTargetReference<'a>> { list(self.0, "targetRefs", "targetRefs") }
    /// `type`.
    pub fn type_(self) -> Option<PluginType> { one(self.0, "type", "type") }
    /// `url`.
    pub fn url(self) -> Option<Text<'a>> { one(self.0, "url", "url") }
    /// `verificationKey`.
    pub fn verification_key(self) -> Option<Text<'a>> { one(self.0, "verificationKey", "verification_key") }
    /// `vmConfig`.
    pub fn vm_config(self) -> Option<VmConfig<'a>> { one(self.0, "vmConfig", "vm_config") }
}

/// `istio.extensions.v1alpha1.WasmPlugin.TrafficSelector`.
#[derive(Clone, Copy, Debug)]
pub struct WasmPluginTrafficSelector<'a>(pub Node<'a>);
view!(WasmPluginTrafficSelector);
impl<'a> WasmPluginTrafficSelector<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<super::selectors::WorkloadMode> { one(self.0, "mode", "mode") }
    /// `ports`.
    pub fn ports(self) -> List<'a, super::selectors::PortSelector<'a>> { list(self.0, "ports", "ports") }
}

words! {
    /// `istio.extensions.v1alpha1.EnvValueSource`.
    EnvValueSource true {
        Inline = "INLINE", 0;
        Host = "HOST", 1;
    }
}

words! {
    /// `istio.extensions.v1alpha1.FailStrategy`.
    FailStrategy true {
        FailClose = "FAIL_CLOSE", 0;
        FailOpen = "FAIL_OPEN", 1;
        FailReload = "FAIL_RELOAD", 2;
    }
}

words! {
    /// `istio.extensions.v1alpha1.PluginPhase`.
    PluginPhase true {
        UnspecifiedPhase = "UNSPECIFIED_PHASE", 0;
        Authn = "AUTHN", 1;
        Authz = "AUTHZ", 2;
        Stats = "STATS", 3;
    }
}

words! {
    /// `istio.extensions.v1alpha1.PluginType`.
    PluginType true {
        UnspecifiedPluginType = "UNSPECIFIED_PLUGIN_TYPE", 0;
        Http = "HTTP", 1;
        Network = "NETWORK", 2;
    }
}

words! {
    /// `istio.extensions.v1alpha1.PullPolicy`.
    PullPolicy true {
        UnspecifiedPolicy = "UNSPECIFIED_POLICY", 0;
        IfNotPresent = "IfNotPresent", 1;
        Always = "Always", 2;
    }
}

words! {
    /// `istio.extensions.v1alpha1.TrafficExtension.ExecutionPhase`.
    TrafficExtensionExecutionPhase true {
        Unspecified = "UNSPECIFIED", 0;
        Authn = "AUTHN", 1;
        Authz = "AUTHZ", 2;
        Stats = "STATS", 3;
    }
}

