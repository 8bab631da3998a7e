//! Addresses that operators show without their ports.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::format::Source;
use crate::net::address::Address;

/// Whose address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// That the client connected to.
    Local,
    /// The same before it was restored.
    DirectLocal,
    /// The client's.
    Remote,
    /// The other end of the socket.
    DirectRemote,
    /// The own one towards the endpoint.
    UpstreamLocal,
    /// The endpoint's.
    UpstreamRemote,
}

impl Place {
    /// The place of this operator, which ends in `_ADDRESS`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name.strip_suffix("_ADDRESS")? {
            "DOWNSTREAM_LOCAL" => Some(Self::Local),
            "DOWNSTREAM_DIRECT_LOCAL" => Some(Self::DirectLocal),
            "DOWNSTREAM_REMOTE" => Some(Self::Remote),
            "DOWNSTREAM_DIRECT_REMOTE" => Some(Self::DirectRemote),
            "UPSTREAM_LOCAL" => Some(Self::UpstreamLocal),
            "UPSTREAM_REMOTE" => Some(Self::UpstreamRemote),
            _ => None,
        }
    }

    /// The address.
    pub(super) fn of(self, source: Source<'_>) -> Option<&Address> {
        let (info, connection) = (source.info, source.connection());
        match self {
            Self::Local => Some(&connection.local),
            Self::DirectLocal => Some(connection.direct_local()),
            Self::Remote => Some(&info.remote),
            Self::DirectRemote => Some(&connection.direct_remote),
            Self::UpstreamLocal => info.upstream_local.as_ref(),
            Self::UpstreamRemote => info.connected(),
        }
    }
}

/// An address without its port; only its first bits, as a range, where that is wanted.
pub(super) fn masked(address: &Address, bits: Option<u8>) -> String {
    let (Some(ip), Some(bits)) = (address.ip(), bits) else { return address.without_port() };
    match ip {
        IpAddr::V4(ip) => {
            let bits = u32::from(bits.min(32));
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            format!("{}/{bits}", Ipv4Addr::from(u32::from(ip) & mask))
        }
        IpAddr::V6(ip) => {
            let bits = u32::from(bits.min(128));
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            format!("{}/{bits}", Ipv6Addr::from(u128::from(ip) & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bits_of_an_address_are_a_range() {
        let shown = |text: &str, bits| masked(&text.parse::<std::net::SocketAddr>().unwrap().into(), bits);
        assert_eq!(shown("10.1.2.3:80", None), "10.1.2.3");
        assert_eq!(shown("10.1.2.3:80", Some(16)), "10.1.0.0/16");
        assert_eq!(shown("10.1.2.3:80", Some(0)), "0.0.0.0/0");
        assert_eq!(shown("10.1.2.3:80", Some(40)), "10.1.2.3/32");
        assert_eq!(shown("[2001:db8::1]:80", Some(32)), "2001:db8::/32");
    }
}
