//! Which virtual host takes a request, by its host.

use mp_ir::plan::{RouteTable, VirtualHost};

/// How well a domain fits, best last: any, `prefix*`, `*suffix`, the whole; longer ones before shorter ones.
pub(crate) type Rank = (u8, usize);

/// The virtual host whose domain fits best (`RouteMatcher::findVirtualHost`).
pub(crate) fn find<'a>(table: &'a RouteTable, authority: &str) -> Option<&'a VirtualHost> {
    let host = host_of(table, authority);
    let mut best: Option<(Rank, &VirtualHost)> = None;
    for candidate in &table.virtual_hosts {
        if let Some((rank, _)) = fit(candidate, host)
            && best.is_none_or(|(known, _)| rank > known)
        {
            best = Some((rank, candidate));
        }
    }
    best.map(|(_, host)| host)
}

/// The part of `Host` that is compared.
pub(crate) fn host_of<'a>(table: &RouteTable, authority: &'a str) -> &'a str {
    if table.ignore_port_in_host_matching { without_port(authority) } else { authority }
}

/// The best domain of a virtual host for a host, in any case of letters.
pub(crate) fn fit<'a>(candidate: &'a VirtualHost, host: &str) -> Option<(Rank, &'a str)> {
    candidate.domains.iter().filter_map(|domain| Some((rank(domain, host)?, domain.as_str()))).max()
}

fn rank(domain: &str, host: &str) -> Option<Rank> {
    if domain == "*" {
        return Some((0, 0));
    }
    let (host, pattern) = (host.as_bytes(), domain.as_bytes());
    if host.eq_ignore_ascii_case(pattern) {
        return Some((3, pattern.len()));
    }
    if let Some(end) = pattern.strip_prefix(b"*") {
        let at = host.len().checked_sub(end.len()).filter(|at| *at > 0)?;
        return host.get(at..).is_some_and(|tail| tail.eq_ignore_ascii_case(end)).then_some((2, end.len()));
    }
    let start = pattern.strip_suffix(b"*").filter(|start| host.len() > start.len())?;
    host.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)).then_some((1, start.len()))
}

/// The host without a port; brackets of IPv6 addresses stay.
pub(crate) fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port))
            if port.bytes().all(|b| b.is_ascii_digit())
                && !host.ends_with(':')
                && (!host.contains(':') || host.ends_with(']')) =>
        {
            host
        }
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_then_longest_suffix_then_longest_prefix_then_any() {
        let rank = |domain: &str| rank(domain, "X.a.com");
        assert!(rank("x.A.com") > rank("*.a.com") && rank("*.a.com") > rank("*.com"));
        assert!(rank("*.com") > rank("x.a.*") && rank("x.a.*") > rank("x.*") && rank("x.*") > rank("*"));
        assert_eq!(rank("*x.a.com"), None);
        assert_eq!(rank("y.a.com"), None);
    }

    #[test]
    fn ports_are_cut_and_addresses_kept() {
        let cut = ["a:80", "a", "[::1]:80", "[::1]", "::1"].map(without_port);
        assert_eq!(cut, ["a", "a", "[::1]", "[::1]", "::1"]);
    }
}
