//! Copies of a request.

use mp_ir::plan::{HeaderTest, PermissionTest, Policy, PrincipalTest};

use crate::engine::Engine;
use crate::patterns::template_pattern;
use crate::rules::{any_permission, any_principal};
use crate::space::Pattern;

/// How one copy of the request differs from the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct View {
    /// Sent in plain text.
    pub(crate) plaintext: bool,
    /// Sent without its token.
    pub(crate) no_token: bool,
    /// Behind the host.
    pub(crate) host_behind: String,
    /// Which copy of the client's address.
    pub(crate) remote: u8,
    /// One more line of this header.
    pub(crate) extra_header: Option<String>,
    /// The path that the filters see, where it is fixed.
    pub(crate) path: Option<Vec<u8>>,
}

impl View {
    /// The same as far as a rule sees it: what differs elsewhere only is the same to the rule.
    pub(super) fn seen_by(&self, policy: &Policy) -> View {
        if *self == View::default() {
            return View::default();
        }
        let may = |wanted: fn(&PermissionTest) -> bool| any_permission(policy, wanted);
        let who = |wanted: &dyn Fn(&PrincipalTest) -> bool| any_principal(policy, wanted);
        let named = |wanted: &[&str]| {
            who(&|test| match test {
                PrincipalTest::Header(name, _) => {
                    wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted))
                }
                _ => false,
            })
        };
        let connection = || {
            who(&|test| matches!(test, PrincipalTest::Peer(_)))
                || may(|test| matches!(test, PermissionTest::ServerName(_)))
        };
        let host = || may(|test| matches!(test, PermissionTest::Host(_))) || named(&[":authority", "host"]);
        let path = || {
            may(|test| matches!(test, PermissionTest::Path(_) | PermissionTest::PathTemplate(_)))
                || named(&[":path"])
        };
        View {
            plaintext: self.plaintext && connection(),
            no_token: self.no_token && who(&|test| matches!(test, PrincipalTest::Claim(_))),
            host_behind: if !self.host_behind.is_empty() && host() {
                self.host_behind.clone()
            } else {
                String::new()
            },
            remote: if self.remote > 0 && who(&|test| matches!(test, PrincipalTest::RemoteIp(_))) {
                self.remote
            } else {
                0
            },
            extra_header: self.extra_header.clone().filter(|name| named(&[name])),
            path: self.path.clone().filter(|_| path()),
        }
    }
}

/// Which of the tests of paths that a rule has a path meets.
pub(super) fn tests_met(engine: &Engine, policy: &Policy, path: &[u8]) -> Vec<bool> {
    let mut out = Vec::new();
    any_permission(policy, |test| {
        match test {
            PermissionTest::Path(text) => out.push(engine.fits(&Pattern::of_text(text), path)),
            PermissionTest::PathTemplate(template) => {
                out.push(engine.fits(&template_pattern(template), path));
            }
            _ => {}
        }
        false
    });
    any_principal(policy, |test| {
        if let PrincipalTest::Header(name, HeaderTest::Value(text)) = test
            && name.eq_ignore_ascii_case(":path")
        {
            out.push(engine.fits(&Pattern::of_text(text), path));
        }
        false
    });
    out
}
