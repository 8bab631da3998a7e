//! Gateways as a whole: what istiod does with them, and their status (`extractGatewayServices`, `reportGatewayStatus`).

use std::collections::BTreeSet;

use mp_ir::base::Span;
use mp_ir::mesh::{ConditionKind, StatusExtra, StatusPart};
use mp_model::views::gateway as api;
use mp_model::{Kind, Object};

use super::super::text;
use super::addresses::{Wanted, resolve};
use super::conditions::Conditions;
use super::fault::Fault;
use super::listener::{self, Controller};
use super::report::Report;
use super::{Cx, tls};

/// Annotations that name the Service and the service account of a managed gateway.
const NAME_OVERRIDE: &str = "gateway.istio.io/name-override";
const ACCOUNT_OVERRIDE: &str = "gateway.istio.io/service-account";
/// Which kind of addresses is reported.
const ADDRESS_TYPE: &str = "networking.istio.io/address-type";
const SERVICE_TYPE: &str = "networking.istio.io/service-type";

/// A Gateway of istiod's.
pub(super) struct Owner<'a> {
    pub(super) object: &'a Object,
    pub(super) spec: api::GatewaySpec<'a>,
    /// What istiod does with it.
    pub(super) controller: Controller,
    /// Host names of its Services.
    pub(super) services: Vec<String>,
    /// Service account of its Pods, empty where it is not managed.
    pub(super) account: String,
    /// What is wrong with its addresses, which its ListenerSets share.
    pub(super) fault: Option<Fault>,
}

/// What the listeners of a Gateway came to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Ports of all that have a server.
    pub(super) ports: BTreeSet<u32>,
    /// How many are programmed.
    pub(super) valid: usize,
    /// ListenerSets with one that is.
    pub(super) sets: usize,
}

/// `None` for a class that is not istiod's.
pub(super) fn of<'a>(cx: &Cx<'a>, object: &'a Object) -> Option<Owner<'a>> {
    let spec = cx.ws.spec::<api::GatewaySpec<'_>>(object)?;
    let class = text(spec.gateway_class_name());
    let controller = listener::controller(cx.ws, &cx.mesh.compat, &class)?;
    let suffixed = matches!(controller, Controller::Managed | Controller::Remote);
    let name = if suffixed { format!("{}-{class}", object.name) } else { object.name.clone() };
    let stated = |key: &str| object.annotations.get(key).filter(|value| !value.is_empty()).cloned();
    let domain = &cx.mesh.settings.domain;
    let full = |name: &str| format!("{name}.{}.svc.{domain}", object.namespace);
    let mut out =
        Owner { object, spec, controller, services: Vec::new(), account: String::new(), fault: None };
    if is_managed(cx, spec) {
        out.services.push(full(&stated(NAME_OVERRIDE).unwrap_or_else(|| name.clone())));
        out.account = stated(ACCOUNT_OVERRIDE).unwrap_or(name);
    } else {
        let is_host = |a: &api::GatewaySpecAddress<'_>| a.type_().is_some_and(|kind| kind == "Hostname");
        let (hosts, others): (Vec<_>, Vec<_>) = spec.addresses().iter().partition(is_host);
        let host = |host: String| if host.contains('.') { host } else { full(&host) };
        out.services = hosts.iter().map(|address| host(text(address.value()))).collect();
        out.fault = unsupported(object, &others);
    }
    Some(out)
}

/// Addresses that are no host names, else an annotation that is no longer taken.
fn unsupported(object: &Object, others: &[api::GatewaySpecAddress<'_>]) -> Option<Fault> {
    if let Some(first) = others.first() {
        let values: Vec<String> = others.iter().map(|address| text(address.value())).collect();
        let message = format!("only Hostname is supported, ignoring [{}]", values.join(" "));
        return Some(Fault::new("UnsupportedAddress", message, first.0.span()));
    }
    object.annotations.contains_key(SERVICE_TYPE).then(|| {
        let message =
            format!("annotation {SERVICE_TYPE} is deprecated, use Spec.Infrastructure.Routeability");
        Fault::new("DeprecatedField", message, object.name_span)
    })
}

/// `validateParametersRef`.
fn parameters(cx: &Cx<'_>, object: &Object, spec: api::GatewaySpec<'_>) -> Option<Fault> {
    let reference = spec.infrastructure()?.parameters_ref()?;
    let (group, kind, name) = (text(reference.group()), text(reference.kind()), text(reference.name()));
    let invalid = |message: String| Some(Fault::new("InvalidParameters", message, reference.0.span()));
    if !group.is_empty() || kind != "ConfigMap" {
        return invalid(format!(
            "Unsupported parametersRef group/kind {group}/{kind}, only ConfigMap is supported"
        ));
    }
    if cx.ws.find(Kind::ConfigMap, &object.namespace, &name).is_none() {
        let message = format!("parametersRef ConfigMap {}/{name} does not exist", object.namespace);
        return Some(Fault::absent("InvalidParameters", message, reference.0.span()));
    }
    None
}

/// Whether istiod makes the Service: without addresses, or with one that is an IP address (`IsManaged`).
fn is_managed(cx: &Cx<'_>, spec: api::GatewaySpec<'_>) -> bool {
    if !cx.mesh.compat.flag("ENABLE_GATEWAY_API_MANUAL_DEPLOYMENT", true) {
        return true;
    }
    let addresses = spec.addresses();
    let is_ip = |a: api::GatewaySpecAddress<'_>| a.type_().is_none_or(|kind| kind == "IPAddress");
    addresses.is_empty() || (addresses.len() == 1 && addresses.first().is_some_and(is_ip))
}

/// The conditions of a Gateway or ListenerSet that is as it should be.
pub(super) fn accepted(place: Span) -> Conditions {
    Conditions::default().holds(ConditionKind::Accepted, "Accepted", "Resource accepted", place).holds(
        ConditionKind::Programmed,
        "Programmed",
        "Resource programmed",
        place,
    )
}

impl Owner<'_> {
    /// Whether ListenerSets may add listeners.
    pub(super) fn takes_sets(&self) -> bool {
        self.controller == Controller::Managed
    }

    /// Says that the Gateway is elsewhere (`reportUnmanagedGatewayStatus`).
    pub(super) fn is_elsewhere(&self, report: &mut Report) {
        let place = self.object.name_span;
        let message = "This Gateway is remote; Istio will not program it";
        let conditions = accepted(place).holds(ConditionKind::Programmed, "Programmed", message, place);
        let kind = |stated: Option<mp_model::Text<'_>>| match stated.map(|kind| kind.value) {
            Some("Hostname") => "Hostname",
            _ => "IPAddress",
        };
        let addresses = self.spec.addresses();
        let addresses = addresses.iter().map(|a| (kind(a.type_()), text(a.value()))).collect();
        let extra = StatusExtra::Gateway { addresses, listener_sets: None };
        report.add(self.object, StatusPart::Whole, conditions, extra);
    }

    /// Says what became of the Gateway.
    pub(super) fn tell(&self, cx: &Cx<'_>, tally: &Tally, report: &mut Report) {
        let place = self.object.name_span;
        let mut conditions = accepted(place).holds(
            ConditionKind::ResolvedRefs,
            "ResolvedRefs",
            "All references resolved",
            place,
        );
        let listeners = self.spec.listeners().len();
        if let Some(fault) = self.fault.clone().or_else(|| parameters(cx, self.object, self.spec)) {
            conditions.fails(ConditionKind::Accepted, &fault);
        } else if listeners > 0 && tally.valid == 0 {
            let fault =
                Fault::absent("ListenersNotValid", "None of the Gateway's listeners are valid", place);
            conditions.fails(ConditionKind::Accepted, &fault);
        } else if tally.valid < listeners {
            let message = "One or more of the Gateway's listeners are invalid";
            conditions = conditions.holds(ConditionKind::Accepted, "ListenersNotValid", message, place);
        }
        if let Some(fault) = self.client_certificate(cx) {
            conditions.fails(ConditionKind::ResolvedRefs, &fault);
        }
        if self.is_open() {
            let message = "Gateway is operating in AllowInsecureFallback mode for frontend validation";
            let kind = ConditionKind::InsecureFrontendValidationMode;
            conditions = conditions.holds(kind, "ConfigurationChanged", message, place);
        }
        let resolved = resolve(cx, &self.object.namespace, &self.services, &tally.ports);
        resolved.judge(&mut conditions, &self.services, place);
        let listener_sets = (tally.sets > 0).then_some(tally.sets);
        let extra = StatusExtra::Gateway { addresses: resolved.addresses(self.wanted()), listener_sets };
        report.add(self.object, StatusPart::Whole, conditions, extra);
    }

    fn wanted(&self) -> Wanted {
        match self.object.annotations.get(ADDRESS_TYPE).map(String::as_str) {
            Some("Hostname") => Wanted::Host,
            Some("IPAddress") => Wanted::Ip,
            Some(_) => Wanted::Both,
            None if matches!(self.controller, Controller::Managed | Controller::Remote) => Wanted::Host,
            None => Wanted::Both,
        }
    }

    /// `validateBackendClientCertificateRef`.
    fn client_certificate(&self, cx: &Cx<'_>) -> Option<Fault> {
        let reference = self.spec.tls()?.backend()?.client_certificate_ref()?;
        let mut fault = tls::certificate(cx, self.object, reference, "clientCertificateRef").err()?;
        if fault.reason == tls::BAD_CERTIFICATE {
            fault.reason = "InvalidClientCertificateRef";
        }
        Some(fault)
    }

    /// Whether clients without a certificate are let in where one is asked for.
    fn is_open(&self) -> bool {
        let Some(frontend) = self.spec.tls().and_then(api::GatewayTLSConfig::frontend) else { return false };
        let open = |config: Option<api::TLSConfig<'_>>| {
            let mode = config.and_then(api::TLSConfig::validation).and_then(|validation| validation.mode());
            mode.is_some_and(|mode| mode.name() == "AllowInsecureFallback")
        };
        open(frontend.default()) || frontend.per_port().iter().any(|per_port| open(per_port.tls()))
    }
}
