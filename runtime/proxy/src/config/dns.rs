//! How names of endpoints are resolved.
use std::net::SocketAddr;
use std::time::Duration;

use super::listener::socket_address;
use super::value::{Get, Scope};
use crate::json::Value;

/// How the names of a cluster are resolved, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dns {
    /// Which addresses are used.
    pub(crate) family: DnsFamily,
    /// How often names are asked for.
    pub(crate) refresh: Duration,
    /// What is told about how long an answer lasts counts instead; it counts as at least this long.
    pub(crate) ttl: Option<Duration>,
    /// A random part that is added.
    pub(crate) jitter: Duration,
    /// After failures: the first wait and the longest one.
    pub(crate) failure: Option<(Duration, Duration)>,
    /// Who is asked; `None` is what the whole bootstrap says.
    pub(crate) servers: Option<Servers>,
    /// How many names that requests ask for are known at a time.
    pub(crate) most_names: u64,
    /// How long a name is known that nobody asks for.
    pub(crate) host_ttl: Duration,
}

/// Which addresses of a name are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DnsFamily {
    /// IPv6, and IPv4 where there is none.
    Auto,
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// IPv4, and IPv6 where there is none.
    V4Preferred,
    /// Both.
    All,
}

/// Who is asked for names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Servers {
    /// Whether the system's own function is asked instead.
    pub(crate) system: bool,
    /// Their addresses; empty is what the system says.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Whether those count only where the system names none.
    pub(crate) fallback: bool,
    /// Whether questions go over TCP.
    pub(crate) tcp: bool,
    /// Whether the search domains of the system are tried.
    pub(crate) search: bool,
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// How often each of them is asked.
    pub(crate) tries: u64,
    /// Whether they are asked in turns.
    pub(crate) rotate: bool,
}

impl Default for Servers {
    fn default() -> Self {
        Self {
            system: false,
            addresses: Vec::new(),
            fallback: false,
            tcp: false,
            search: true,
            timeout: Duration::from_secs(5),
            tries: 4,
            rotate: false,
        }
    }
}

impl Servers {
    /// What a cluster, a cache or a bootstrap says.
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let typed = value.get_field("typed_dns_resolver_config").get_field("typed_config");
        let tcp = value.flag("use_tcp_for_dns_lookups");
        if typed.is_none() {
            return tcp.then(|| Self { tcp, ..Self::default() });
        }
        if typed.is_some_and(|t| t.type_name().ends_with("GetAddrInfoDnsResolverConfig")) {
            return Some(Self { system: true, ..Self::default() });
        }
        let scope = scope.field("typed_dns_resolver_config");
        let options = typed.get_field("dns_resolver_options");
        let mut addresses = Vec::new();
        for (index, address) in typed.items("resolvers").iter().enumerate() {
            match socket_address(Some(address)) {
                // A port of zero is the usual one.
                Some(address) if address.port() == 0 => addresses.push(SocketAddr::new(address.ip(), 53)),
                Some(address) => addresses.push(address),
                None => scope.item("resolvers", index).refuse("needs a socket_address with an IP address"),
            }
        }
        let seconds = typed.int("query_timeout_seconds").filter(|s| *s > 0);
        Some(Self {
            system: false,
            addresses,
            fallback: typed.flag("use_resolvers_as_fallback"),
            tcp: options.flag("use_tcp_for_dns_lookups"),
            search: !options.flag("no_default_search_domain"),
            timeout: seconds.map_or(Duration::from_secs(5), Duration::from_secs),
            tries: typed.int("query_tries").unwrap_or(4).max(1),
            rotate: typed.flag("rotate_nameservers"),
        })
    }
}

impl Dns {
    /// What a cluster with names says.
    pub(super) fn of_cluster(value: &Value, scope: &Scope<'_>) -> Self {
        let refresh = value.duration("dns_refresh_rate").filter(|t| !t.is_zero());
        let respects = value.flag("respect_dns_ttl");
        Self {
            family: DnsFamily::new(value),
            refresh: refresh.unwrap_or(Duration::from_secs(5)),
            ttl: respects.then_some(Duration::ZERO),
            jitter: value.duration("dns_jitter").unwrap_or_default(),
            failure: failure(value),
            servers: Servers::new(value, scope),
            most_names: 0,
            host_ttl: Duration::ZERO,
        }
    }

    /// What a cache of the dynamic forward proxy says.
    pub(super) fn of_cache(cache: &Value, scope: &Scope<'_>) -> Self {
        let least = cache.duration("dns_min_refresh_rate").unwrap_or(Duration::from_secs(5));
        Self {
            family: DnsFamily::new(cache),
            refresh: cache.duration("dns_refresh_rate").unwrap_or(Duration::from_secs(60)),
            ttl: Some(least),
            jitter: Duration::ZERO,
            failure: failure(cache),
            servers: Servers::new(cache, scope),
            most_names: cache.int("max_hosts").unwrap_or(1024),
            host_ttl: cache.duration("host_ttl").unwrap_or(Duration::from_secs(300)),
        }
    }

    /// How long an answer is used whose first record to go lasts so many seconds; none says nothing of that.
    pub(crate) fn lasts(&self, seconds: Option<u64>, random: u64) -> Duration {
        let told = seconds.filter(|seconds| *seconds > 0 || self.ttl.is_some_and(|least| !least.is_zero()));
        let time = match (self.ttl, told) {
            (Some(least), Some(seconds)) => Duration::from_secs(seconds).max(least),
            _ => self.refresh,
        };
        time + part_of(self.jitter, random)
    }

    /// How long is waited after so many failures.
    pub(crate) fn waits(&self, failures: u32, random: u64) -> Duration {
        let Some((base, most)) = self.failure else { return self.refresh };
        let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        part_of(base.saturating_mul(factor).min(most), random).max(Duration::from_millis(1))
    }
}

/// A random part of a time.
fn part_of(time: Duration, random: u64) -> Duration {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random.checked_rem(millis).unwrap_or(0))
}

fn failure(value: &Value) -> Option<(Duration, Duration)> {
    let rate = value.get_field("dns_failure_refresh_rate")?;
    let base = rate.duration("base_interval")?;
    Some((base, rate.duration("max_interval").unwrap_or(base * 10)))
}

impl DnsFamily {
    fn new(value: &Value) -> Self {
        match value.text("dns_lookup_family") {
            "V4_ONLY" => Self::V4,
            "V6_ONLY" => Self::V6,
            "V4_PREFERRED" => Self::V4Preferred,
            "ALL" => Self::All,
            _ => Self::Auto,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_last_as_long_as_told() {
        let dns = |more: serde_json::Value| {
            let value = Value::from(&more).to_json();
            let refusals = std::cell::RefCell::new(Vec::new());
            Dns::of_cluster(&Value::from(&value), &Scope::root(&refusals))
        };
        let plain = dns(serde_json::json!({}));
        assert_eq!(plain.lasts(Some(30), 0), Duration::from_secs(5), "nobody asked");
        let told = dns(serde_json::json!({"respect_dns_ttl": true, "dns_jitter": "1s"}));
        assert_eq!(told.lasts(Some(30), 700), Duration::from_millis(30_700));
        assert_eq!(told.lasts(Some(0), 0), Duration::from_secs(5), "zero says nothing");
        assert_eq!(told.lasts(None, 1100), Duration::from_millis(5_100));
        let failing = dns(
            serde_json::json!({"dns_failure_refresh_rate": {"base_interval": "2s", "max_interval": "6s"}}),
        );
        assert_eq!(plain.waits(3, 1), Duration::from_secs(5));
        let longest: Vec<_> = [1, 2, 3, 40].map(|n| failing.waits(n, u64::MAX).as_millis()).to_vec();
        assert!(longest.iter().zip([2000, 4000, 6000, 6000]).all(|(got, most)| *got < most), "{longest:?}");
        let cache = serde_json::json!({"dns_min_refresh_rate": "3s"});
        let refusals = std::cell::RefCell::new(Vec::new());
        let cache = Dns::of_cache(&Value::from(&cache), &Scope::root(&refusals));
        assert_eq!(cache.lasts(Some(1), 0), Duration::from_secs(3));
        assert_eq!(cache.lasts(Some(9), 0), Duration::from_secs(9));
        assert_eq!(cache.lasts(None, 0), Duration::from_secs(60));
    }

    #[test]
    fn servers_of_the_system_may_come_last_and_take_turns() {
        let resolver = serde_json::json!({"typed_dns_resolver_config": {"typed_config": {
            "@type": "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
            "use_resolvers_as_fallback": true, "rotate_nameservers": true}}});
        let refusals = std::cell::RefCell::new(Vec::new());
        let servers = Servers::new(&Value::from(&resolver), &Scope::root(&refusals)).unwrap();
        assert!(servers.fallback && servers.rotate);
    }
}
