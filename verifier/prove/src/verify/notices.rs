//! What can be said of an invariant, besides that it holds.

use crate::invariant::Severity;

/// One kind of remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `MP70` and two digits.
    pub code: &'static str,
    /// Name in kebab case.
    pub name: &'static str,
    /// How bad it is by default.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// Some more.
    pub docs: &'static str,
}

pub(crate) const INVALID: Notice = Notice {
    code: "MP7001",
    name: "invalid-invariant",
    severity: Severity::Error,
    title: "Not an invariant",
    docs: "A line of an `*.inv` file or a document of `kind: Invariant` cannot be read. Nothing is proved while one is in the input, \
           because a promise that nobody reads must not look like a promise kept.",
};
pub(crate) const REFUTED: Notice = Notice {
    code: "MP7002",
    name: "invariant",
    severity: Severity::Error,
    title: "An invariant does not hold",
    docs: "A request was found that breaks what somebody wrote down. The request is real: the evaluator, which shares no code with the \
           prover, confirmed it. Either the policies are wrong, or the invariant demands too much.",
};
pub(crate) const VACUOUS: Notice = Notice {
    code: "MP7003",
    name: "vacuous-invariant",
    severity: Severity::Warning,
    title: "An invariant is about no request",
    docs: "No request at all meets its clauses at any workload where it is asked: a port where nothing listens, a path that is never seen in \
           this form, clauses that contradict each other. It holds, and means nothing.",
};
pub(crate) const EXPIRED: Notice = Notice {
    code: "MP7004",
    name: "expired-waiver",
    severity: Severity::Warning,
    title: "A waiver has ended",
    docs: "The last day of the waiver is over, so it counts no more. Take it out, or agree on another day.",
};
pub(crate) const UNUSED: Notice = Notice {
    code: "MP7005",
    name: "unused-waiver",
    severity: Severity::Warning,
    title: "A waiver waives nothing",
    docs: "No request that the waiver covers breaks the invariant any more. Take it out before something breaks that it then hides.",
};
pub(crate) const CIRCULAR: Notice = Notice {
    code: "MP7006",
    name: "circular-waivers",
    severity: Severity::Error,
    title: "Waivers refer to each other in a circle, or to nothing",
    docs: "A waiver may repeat the waivers of another invariant. In a circle nobody says which requests are meant; none of them counts.",
};
pub(crate) const NOWHERE: Notice = Notice {
    code: "MP7007",
    name: "invariant-asked-nowhere",
    severity: Severity::Error,
    title: "An invariant is asked nowhere",
    docs: "No workload of the input is where the invariant is asked, often because of a misspelt name. It is undecided, which never counts \
           as proved.",
};
pub(crate) const CONTRADICTORY: Notice = Notice {
    code: "MP7008",
    name: "contradictory-assumptions",
    severity: Severity::Error,
    title: "Assumptions contradict each other",
    docs: "No request meets what the invariant takes for granted. From that everything follows, so the proof is worth nothing.",
};

pub(crate) const OUTSIDE: Notice = Notice {
    code: "MP7009",
    name: "not-by-policies-alone",
    severity: Severity::Info,
    title: "Something beside the policies decides",
    docs: "An EnvoyFilter, Lua code or a Wasm module stands before the policies of this workload or changes them, or a rule reads a header \
           that the proxy writes itself. What becomes of a request cannot be told from the policies alone, so no built-in property is \
           asked here and every invariant is undecided. That never counts as proved.",
};

/// All of them, by code.
pub const NOTICES: [Notice; 9] =
    [INVALID, REFUTED, VACUOUS, EXPIRED, UNUSED, CIRCULAR, NOWHERE, CONTRADICTORY, OUTSIDE];
