//! Addresses for ServiceEntries that have none, as istiod's allocator hands them out (`pilot/pkg/controllers/ipallocate`).
//!
//! The allocator writes them into the status and keeps them there, so what it gave depends on the past of the cluster. Here it
//! starts anew: objects by namespace and name, as a list from the API server has them, each taking the next address that is free.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use mp_ir::mesh::{Allocation, Mesh, Resolution, Service};
use mp_ir::plan::Cidr;

const V4: (&str, &str) = ("PILOT_IP_AUTOALLOCATE_IPV4_PREFIX", "240.240.0.0/16");
const V6: (&str, &str) = ("PILOT_IP_AUTOALLOCATE_IPV6_PREFIX", "2001:2::/48");

/// Gives addresses to the hosts that wait for some, and notes them in [`Mesh::allocations`].
pub(crate) fn allocate(mesh: &mut Mesh) {
    let mut order: Vec<usize> = (0..mesh.services.len()).collect();
    order.retain(|at| mesh.services.get(*at).is_some_and(waits));
    let name = |at: &usize| mesh.services.get(*at).map(|s| (s.meta.namespace(), s.meta.name(), *at));
    order.sort_by(|a, b| name(a).cmp(&name(b)));
    let mut pools = [Pool::new(mesh, V4), Pool::new(mesh, V6)];
    let mut given: BTreeMap<(String, String, String), Vec<IpAddr>> = BTreeMap::new();
    for at in order {
        let Some(service) = mesh.services.get_mut(at) else { continue };
        let host = service.hostname.value.clone();
        let key = (service.meta.namespace().to_owned(), service.meta.name().to_owned(), host.clone());
        let is_new = !given.contains_key(&key);
        let addresses = given.entry(key).or_insert_with(|| pools.iter_mut().filter_map(Pool::next).collect());
        service.auto_addresses.clone_from(addresses);
        if is_new {
            mesh.allocations.push(Allocation {
                object: service.meta.object.clone(),
                origin: service.hostname.origin.or(service.meta.origin),
                host,
                addresses: addresses.clone(),
            });
        }
    }
}

/// Whether a service waits for addresses: it may have some and its status names none. Hosts with a wildcard only get some where
/// each request is looked up.
fn waits(service: &Service) -> bool {
    let wildcard = service.hostname.value.starts_with('*');
    service.auto_allocate
        && service.auto_addresses.is_empty()
        && (!wildcard || service.resolution == Resolution::DynamicDns)
}

/// Addresses of one family that are handed out.
struct Pool {
    block: Option<Cidr>,
    used: BTreeSet<IpAddr>,
    next: Option<IpAddr>,
}

impl Pool {
    fn new(mesh: &Mesh, (flag, default): (&str, &str)) -> Self {
        let block = Cidr::parse(mesh.compat.env.get(flag).map_or(default, String::as_str));
        let stated = mesh.services.iter().flat_map(|s| s.addresses.iter().filter_map(|ip| ip.parse().ok()));
        let allocated = mesh.services.iter().flat_map(|s| s.auto_addresses.iter().copied());
        let used = stated.chain(allocated).collect();
        Self { block, used, next: block.and_then(|block| after(block.masked().address)) }
    }

    /// The next free address; `None` when the block is used up.
    fn next(&mut self) -> Option<IpAddr> {
        let block = self.block?;
        while let Some(ip) = self.next.filter(|ip| block.contains(*ip)) {
            self.next = after(ip);
            if self.used.insert(ip) {
                return Some(ip);
            }
        }
        None
    }
}

fn after(ip: IpAddr) -> Option<IpAddr> {
    Some(match ip {
        IpAddr::V4(v4) => IpAddr::V4(v4.to_bits().checked_add(1)?.into()),
        IpAddr::V6(v6) => IpAddr::V6(v6.to_bits().checked_add(1)?.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp_model::{Input, Workspace};

    use crate::FactOptions;

    fn entry(namespace: &str, name: &str, more: &str) -> String {
        let host = if more.contains("hosts:") { String::new() } else { format!("  hosts: [{name}.com]\n") };
        format!(
            "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n\
             {host}  ports: [{{number: 443, name: tls, protocol: TLS}}]\n  resolution: DNS\n{more}"
        )
    }

    fn mesh(text: &str, env: &[(&str, &str)]) -> Mesh {
        let ws =
            Workspace::read(&[Input { path: "in.yaml".to_owned(), bytes: text.as_bytes().to_vec().into() }]);
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        crate::facts(&ws, &FactOptions { env, allocate_addresses: true, ..FactOptions::default() })
    }

    fn of(mesh: &Mesh, host: &str) -> Vec<String> {
        let service = mesh.services.iter().find(|s| s.hostname.value == host).unwrap();
        service.auto_addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_go_by_name_and_skip_what_is_taken() {
        let taken = "status: {addresses: [{value: 240.240.0.2, host: m.com}]}\n";
        let text = entry("b", "x", "")
            + &entry("a", "y", "")
            + &entry("a", "m", taken)
            + &entry("a", "o", "  hosts: ['*.o.com']\n")
            + &entry("a", "p", "  addresses: [10.0.0.1]\n");
        let mesh = mesh(&text, &[]);
        assert_eq!(of(&mesh, "y.com"), ["240.240.0.1", "2001:2::1"]);
        assert_eq!(of(&mesh, "m.com"), ["240.240.0.2"]);
        assert_eq!(of(&mesh, "x.com"), ["240.240.0.3", "2001:2::2"]);
        assert!(of(&mesh, "*.o.com").is_empty() && of(&mesh, "p.com").is_empty());
        let noted: Vec<&str> = mesh.allocations.iter().map(|a| a.host.as_str()).collect();
        assert_eq!(noted, ["y.com", "x.com"]);
    }

    #[test]
    fn a_block_that_is_used_up_gives_nothing() {
        let text = entry("a", "a", "") + &entry("a", "b", "");
        let mesh = mesh(&text, &[(V4.0, "10.0.0.0/31"), (V6.0, "none")]);
        assert_eq!(of(&mesh, "a.com"), ["10.0.0.1"]);
        assert!(of(&mesh, "b.com").is_empty());
    }
}
