//! A network of the replay's own, in which every address is this machine's: callers can then have the addresses that witnesses name.
//!
//! Linux makes one for a process that may ask for it; the command runs itself once more in there.

use std::net::IpAddr;
use std::process::Command;

/// Set where the command runs in a network of its own.
const MARK: &str = "MESHPROOF_REPLAY_NETWORK";
/// Ways to ask for one: as root, and as somebody who may be root in there.
const WAYS: [&[&str]; 2] = [&["--net"], &["--user", "--map-root-user", "--net"]];
/// What makes every address local; those of IPv6 have to be taken one by one, as is tried with one.
const STEPS: [&str; 3] =
    ["link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 addr add fd00::ffff/128 dev lo nodad"];

/// Which addresses callers can have.
#[derive(Clone, Debug)]
pub(super) enum Addresses {
    /// Any of IPv4; any of IPv6 where that is known here.
    Any { v6: bool },
    /// Those of this machine, and why.
    Own(String),
}

impl Addresses {
    /// Makes an address one of this machine, where it is not yet.
    pub(super) fn take(&self, source: &str) {
        if let (Addresses::Any { v6: true }, Ok(IpAddr::V6(ip))) = (self, source.parse()) {
            step(&format!("-6 addr add {ip}/128 dev lo nodad"));
        }
    }

    /// Whether a caller can have an address; else why not.
    pub(super) fn reach(&self, source: &str) -> Result<(), String> {
        match (self, source.parse::<IpAddr>()) {
            (Addresses::Own(why), _) => Err(why.clone()),
            (Addresses::Any { v6: false }, Ok(IpAddr::V6(_))) => Err("this machine knows no IPv6".to_owned()),
            (Addresses::Any { .. }, _) => Ok(()),
        }
    }
}

/// Goes on in a network of its own, where there can be one: then the command begins anew in there, and this does not return.
pub(super) fn enter() -> Addresses {
    if std::env::var_os(MARK).is_some() {
        return inside();
    }
    let works = |way: &&&[&str]| {
        let mut probe = Command::new("unshare");
        probe.args(**way).args(["--", "ip", "link"]);
        probe.output().is_ok_and(|done| done.status.success())
    };
    match WAYS.iter().find(works) {
        Some(way) => again(way),
        None => Addresses::Own(
            "`unshare --net` makes no network of its own here; run it as root on Linux, with `ip` installed"
                .to_owned(),
        ),
    }
}

#[cfg(unix)]
fn again(way: &[&str]) -> Addresses {
    use std::os::unix::process::CommandExt as _;
    let Ok(program) = std::env::current_exe() else {
        return Addresses::Own("the program does not know its own path".to_owned());
    };
    let mut command = Command::new("unshare");
    command.args(way).arg("--").arg(program).args(std::env::args_os().skip(1)).env(MARK, "1");
    Addresses::Own(format!("a network of its own cannot be made: {}", command.exec()))
}

#[cfg(not(unix))]
fn again(_: &[&str]) -> Addresses {
    Addresses::Own("only Linux makes a network of its own".to_owned())
}

fn inside() -> Addresses {
    match STEPS.map(step) {
        [true, true, v6] => Addresses::Any { v6 },
        _ => Addresses::Own("`ip` cannot make all addresses local here".to_owned()),
    }
}

fn step(words: &str) -> bool {
    Command::new("ip").args(words.split(' ')).output().is_ok_and(|done| done.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_reached_says_why() {
        let any = Addresses::Any { v6: false };
        assert_eq!(any.reach("10.1.1.1"), Ok(()));
        assert!(any.reach("fd00::1").is_err_and(|why| why.contains("IPv6")));
        assert_eq!(Addresses::Any { v6: true }.reach("fd00::1"), Ok(()));
        assert_eq!(Addresses::Own("no".to_owned()).reach("10.1.1.1"), Err("no".to_owned()));
    }
}
