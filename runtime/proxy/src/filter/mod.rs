//! HTTP filters at work.
mod authz;
mod authz_grpc;
pub(crate) mod coder;
pub(crate) mod compress;
mod cors;
mod decompress;
mod demand;
pub(crate) mod fault;
mod gate;
mod global_limit;
pub(crate) mod grpc_web;
pub(crate) mod jwks;
pub(crate) mod jwt;
mod lenient;
mod limit;
mod lua;
pub(crate) mod lua_response;
mod mutation;
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod watch;

use serde_json::Value;

use self::lua_response::Body;
use crate::config::filter::{FilterKind, HttpFilter, RbacStats};
use crate::config::per_route::PerFilter;
use crate::config::rbac::{Rbac, Subject};
use crate::http::Head;
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};

impl<'a> Exchange<'a> {
    /// Runs the filters in order; the first one that answers ends the chain.
    pub(crate) async fn run_filters(&mut self) -> Result<(), Stop> {
        let hcm = self.hcm;
        for filter in &hcm.filters.chain {
            let setting = self.per_filter(&filter.name);
            if matches!(setting, Some(PerFilter::Disabled)) || (filter.disabled && setting.is_none()) {
                continue;
            }
            self.run_filter(filter, setting).await?;
        }
        Ok(())
    }

    async fn run_filter(
        &mut self,
        filter: &'a HttpFilter,
        setting: Option<&'a PerFilter>,
    ) -> Result<(), Stop> {
        match (&filter.kind, setting) {
            (FilterKind::Rbac { shadow_prefix, stats, .. }, Some(PerFilter::Rbac(rules, shadow))) => {
                self.rbac(rules.as_ref(), shadow.as_ref(), shadow_prefix, stats)
            }
            (FilterKind::Rbac { rules, shadow, shadow_prefix, stats }, _) => {
                self.rbac(rules.as_ref(), shadow.as_ref(), shadow_prefix, stats)
            }
            (FilterKind::Fault(_), Some(PerFilter::Fault(fault))) | (FilterKind::Fault(fault), _) => {
                self.fault(fault, &filter.name).await
            }
            (FilterKind::Cors, Some(PerFilter::Cors(policy))) => {
                self.cors_request(policy).map_err(Stop::from)
            }
            (FilterKind::Cors, _) => Ok(()),
            (FilterKind::LocalLimit(_), Some(PerFilter::LocalLimit(limit)))
            | (FilterKind::LocalLimit(limit), _) => self.local_limit(limit).map_err(Stop::from),
            (FilterKind::Jwt(jwt), setting) => Box::pin(self.jwt(jwt, setting)).await,
            (FilterKind::ExtAuthz(authz), Some(PerFilter::ExtAuthz(settings))) => {
                Box::pin(self.ext_authz(authz, Some(settings))).await
            }
            (FilterKind::ExtAuthz(authz), _) => Box::pin(self.ext_authz(authz, None)).await,
            _ => self.run_other(filter, setting).await,
        }
    }

    async fn run_other(
        &mut self,
        filter: &'a HttpFilter,
        setting: Option<&'a PerFilter>,
    ) -> Result<(), Stop> {
        match (&filter.kind, setting) {
            (FilterKind::GlobalLimit(limit), Some(PerFilter::GlobalLimit(route))) => {
                Box::pin(self.global_limit(limit, Some(route))).await
            }
            (FilterKind::GlobalLimit(limit), _) => Box::pin(self.global_limit(limit, None)).await,
            (FilterKind::Mutation(mutations), setting) => {
                self.mutate(mutations);
                if let Some(PerFilter::Mutation(own)) = setting {
                    self.mutate(own);
                }
                Ok(())
            }
            (FilterKind::Buffer(_), Some(PerFilter::Buffer(limit))) | (FilterKind::Buffer(limit), _) => {
                self.buffer(*limit).await
            }
            (FilterKind::Csrf(_), Some(PerFilter::Csrf(policy))) | (FilterKind::Csrf(policy), _) => {
                self.csrf(policy).map_err(Stop::from)
            }
            (FilterKind::HealthCheck(health), _) => self.answer_check(health).map_err(Stop::from),
            (FilterKind::GrpcWeb, _) => self.accept_web().await,
            (FilterKind::Lua(lua), setting) => {
                Box::pin(self.lua((lua, &filter.name), setting.and_then(PerFilter::lua))).await
            }
            (FilterKind::FilterState(states), _) => self.set_state(states).map_err(Stop::from),
            (FilterKind::DynamicHost, _) => self.resolve_host().await.map_err(Stop::from),
            _ => {
                self.observe(&filter.kind, setting);
                Ok(())
            }
        }
    }

    /// Filters that look at a request and let it pass.
    fn observe(&mut self, filter: &'a FilterKind, setting: Option<&'a PerFilter>) {
        match filter {
            FilterKind::Compressor(compressor) => {
                self.compress_request(compressor, compress::of_route(setting))
            }
            FilterKind::Decompressor(decompressor) => self.decompress_request(decompressor),
            FilterKind::Session(session) => match setting {
                Some(PerFilter::Session(own)) => self.find_session(own),
                _ => self.find_session(session),
            },
            FilterKind::PeerHeaders(headers) => self.peer_of_request(headers),
            FilterKind::Alpn(names) => self.override_alpn(names),
            FilterKind::IstioStats(_) => self.notes.reached_stats = true,
            FilterKind::GrpcStats(_) => self.count_messages(),
            _ => {}
        }
    }

    /// Lets a filter see the head of the response.
    pub(crate) fn response_filter(
        &mut self,
        filter: &'a FilterKind,
        setting: Option<&'a PerFilter>,
        head: &mut Head,
        body: &mut Body,
    ) {
        match (filter, setting) {
            (FilterKind::Mutation(mutations), setting) => {
                self.mutate_response(mutations, head);
                if let Some(PerFilter::Mutation(own)) = setting {
                    self.mutate_response(own, head);
                }
            }
            (FilterKind::Compressor(compressor), setting) => {
                self.compress_response(compressor, compress::of_route(setting), head, body);
            }
            (FilterKind::Decompressor(decompressor), _) => {
                self.decompress_response(decompressor, head, body);
            }
            (FilterKind::Session(_), _) => self.keep_session(head),
            (FilterKind::PeerHeaders(headers), _) => self.peer_of_response(headers, head),
            _ => {}
        }
    }

    fn rbac(
        &mut self,
        rules: Option<&Rbac>,
        shadow: Option<&Rbac>,
        prefix: &str,
        names: &RbacStats,
    ) -> Result<(), Stop> {
        let subject = Subject {
            head: Some(&self.head),
            connection: &self.connection,
            remote: self.info.remote.ip(),
            metadata: &self.info.metadata,
            state: &self.info.state,
        };
        let shadow = shadow.map(|s| {
            let verdict = s.decide(subject);
            (verdict.allowed, verdict.policy.map(str::to_owned))
        });
        let enforced = rules.map(|r| {
            let verdict = r.decide(subject);
            (verdict.allowed, verdict.policy.map(str::to_owned))
        });
        let stats = &self.hcm.stats().filters;
        if let Some((allowed, policy)) = shadow {
            stats.add(&format!("{}shadow_{}", names.shadow, if allowed { "allowed" } else { "denied" }));
            self.record_rbac(&format!("{prefix}shadow"), allowed, policy);
        }
        match enforced {
            Some((allowed, policy)) => {
                self.enforce(rules.is_some_and(Rbac::is_log), (allowed, policy), names)
            }
            None => Ok(()),
        }
    }

    /// What becomes of a request by what rules have said.
    fn enforce(
        &mut self,
        only_logs: bool,
        (allowed, policy): (bool, Option<String>),
        names: &RbacStats,
    ) -> Result<(), Stop> {
        if only_logs {
            let common =
                self.info.metadata.entry("envoy.common").or_insert_with(|| Value::Object(Default::default()));
            common["access_log_hint"] = policy.is_some().into();
        }
        let verdict = if allowed { "allowed" } else { "denied" };
        self.hcm.stats().filters.add(&format!("{}{verdict}", names.enforced));
        self.record_rbac(&format!("{}enforced", names.rules_prefix), allowed, policy.clone());
        if allowed {
            return Ok(());
        }
        let name = policy.as_deref().unwrap_or("none").replace(' ', "_");
        let details = format!("rbac_access_denied_matched_policy[{name}]");
        Err(Reply::new(403, "RBAC: access denied".as_bytes(), details).into())
    }

    /// Notes what rules have said, for logs and later filters; `kind` is `enforced` or `shadow` behind a prefix.
    fn record_rbac(&mut self, kind: &str, allowed: bool, policy: Option<String>) {
        let metadata = self
            .info
            .metadata
            .entry("envoy.filters.http.rbac")
            .or_insert_with(|| Value::Object(Default::default()));
        if let Value::Object(fields) = metadata {
            if let Some(policy) = policy {
                fields.insert(format!("{kind}_effective_policy_id"), policy.into());
            }
            let result = if allowed { "allowed" } else { "denied" };
            fields.insert(format!("{kind}_engine_result"), result.into());
        }
    }
}
