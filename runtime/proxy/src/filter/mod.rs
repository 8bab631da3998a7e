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
mod rbac;
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod watch;

use self::lua_response::Body;
use crate::config::filter::{FilterKind, HttpFilter};
use crate::config::per_route::PerFilter;
use crate::http::Head;
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
            (FilterKind::Rbac(policies), Some(PerFilter::Rbac(route))) => {
                self.rbac(policies, route).map_err(Stop::from)
            }
            (FilterKind::Rbac(policies), _) => self.rbac(policies, &policies.own).map_err(Stop::from),
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
}
