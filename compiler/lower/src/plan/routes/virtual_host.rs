//! Virtual hosts of a sidecar's table out of groups of routes, with domains that are unique in the table.

use std::collections::{BTreeMap, HashSet};

use mp_ir::plan::VirtualHost;

use super::domains::{self, Domains};
use super::filters;
use super::sidecar::{Group, Served, host_name};
use crate::Context;

pub(super) struct VirtualHosts<'a> {
    cx: &'a Context<'a>,
    listener_port: u32,
    /// Names of virtual hosts that are there.
    names: HashSet<String>,
    /// Domains that are taken, in lower case.
    taken: HashSet<String>,
    /// Full names of services, with and without port: a short form of another service must not take them.
    full_names: HashSet<String>,
}

impl<'a> VirtualHosts<'a> {
    pub(super) fn new(cx: &'a Context<'a>, listener_port: u32) -> Self {
        let (names, taken, full_names) = (HashSet::new(), HashSet::new(), HashSet::new());
        Self { cx, listener_port, names, taken, full_names }
    }

    /// The virtual hosts of the listener's port. A table for all ports has those of port 80, and of other ports the domains
    /// that name the port (`mergeAllVirtualHosts`).
    pub(super) fn build(mut self, groups: &[Group<'_>]) -> Vec<VirtualHost> {
        for group in groups {
            for served in &group.services {
                self.full_names.insert(host_name(&served.host, group.port));
                self.full_names.insert(served.host.clone());
            }
        }
        let mut by_port: BTreeMap<u32, Vec<VirtualHost>> = BTreeMap::new();
        for group in groups {
            let of_port = by_port.entry(group.port).or_default();
            for host in &group.hosts {
                of_port.extend(self.of_host(group, &host.to_lowercase()));
            }
            for served in &group.services {
                of_port.extend(self.of_service(group, served));
            }
        }
        if self.listener_port != 0 {
            return by_port.remove(&self.listener_port).unwrap_or_default();
        }
        let mut out = Vec::new();
        for (port, mut hosts) in by_port {
            if port != 80 {
                hosts.iter_mut().for_each(|host| host.domains.retain(|domain| domain.contains(':')));
                hosts.retain(|host| !host.domains.is_empty());
            }
            out.extend(hosts);
        }
        out
    }

    fn of_host(&mut self, group: &Group<'_>, host: &str) -> Option<VirtualHost> {
        let name = self.claim(host, group)?;
        let all = vec![domains::bracketed(host)];
        let written =
            group.rule.and_then(|rule| rule.hosts.iter().find(|h| h.value.eq_ignore_ascii_case(host)));
        let mut out = self.finish(name, Domains { all, short: Vec::new() }, group)?;
        out.origin = written.and_then(|host| host.origin);
        Some(out)
    }

    fn of_service(&mut self, group: &Group<'_>, served: &Served<'_>) -> Option<VirtualHost> {
        let name = self.claim(&served.host, group)?;
        let domains =
            domains::of_service(self.cx, served.service, &served.host, self.listener_port, group.port);
        let mut out = self.finish(name, domains, group)?;
        out.stateful_session = filters::stateful_session(self.cx, served.service);
        out.origin = served.service.hostname.origin;
        Some(out)
    }

    /// The name of a virtual host; `None` when there is one.
    fn claim(&mut self, host: &str, group: &Group<'_>) -> Option<String> {
        let name = host_name(host, group.port);
        (!group.routes.is_empty() && self.names.insert(name.clone())).then_some(name)
    }

    fn finish(&mut self, name: String, domains: Domains, group: &Group<'_>) -> Option<VirtualHost> {
        let domains = self.unique(domains);
        (!domains.is_empty()).then(|| VirtualHost {
            name,
            domains,
            routes: group.routes.clone(),
            include_request_attempt_count: super::attempt_count(self.cx),
            ..VirtualHost::default()
        })
    }

    /// Domains that no other virtual host has, nor is the full name of (`dedupeDomains`).
    fn unique(&mut self, domains: Domains) -> Vec<String> {
        let Domains { all, short } = domains;
        let mut out = Vec::new();
        for domain in all {
            let lower = domain.to_lowercase();
            let another = short.contains(&domain) && self.full_names.contains(&domain);
            if !self.taken.contains(&lower) && !another {
                self.taken.insert(lower);
                out.push(domain);
            }
        }
        out
    }
}
