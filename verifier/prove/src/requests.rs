//! Sets of requests, and the two questions that are asked of them.

use crate::formula::Bool;
use mp_ir::plan::EnforcementPoint;

use crate::ask;
use crate::condition::Condition;
use crate::engine::{Engine, Need};
use crate::question::{Answer, AskError, Witness};
use crate::scene::Scene;
use crate::space::{Key, Pattern};

/// Requests that meet all of some conditions and none of others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Requests {
    pub(crate) all: Vec<Condition>,
    pub(crate) none: Vec<Condition>,
    /// What external authorisers answer, by provider.
    pub(crate) providers: Vec<(String, bool)>,
}

impl Requests {
    /// Those that meet one condition.
    pub(crate) fn of(condition: &Condition) -> Self {
        Self { all: vec![condition.clone()], ..Self::default() }
    }

    /// The ports that they are about by name.
    pub(crate) fn ports(&self) -> Vec<u32> {
        self.all.iter().flat_map(|condition| condition.ports.iter().copied()).collect()
    }

    /// Whether a condition asks for a path.
    pub(crate) fn speak_of_paths(&self) -> bool {
        self.all.iter().chain(&self.none).any(|c| !c.paths.is_empty() || !c.not_paths.is_empty())
    }

    pub(crate) fn formula(&self, engine: &mut Engine, point: &EnforcementPoint) -> Bool {
        let mut out: Vec<Bool> = self.all.iter().map(|c| c.formula(engine, point)).collect();
        out.extend(self.none.iter().map(|c| c.formula(engine, point).not()));
        for (provider, answer) in &self.providers {
            let consents = engine.atom(&Key::Consent(provider.clone()), Pattern::exact("yes"));
            out.push(if *answer { consents } else { consents.not() });
        }
        Bool::and(&out)
    }

    /// The same on one request.
    pub(crate) fn holds(&self, point: &EnforcementPoint, witness: &Witness) -> bool {
        self.all.iter().all(|c| c.holds(point, &witness.request))
            && !self.none.iter().any(|c| c.holds(point, &witness.request))
            && self
                .providers
                .iter()
                .all(|(name, answer)| witness.consents.get(name).is_none_or(|given| given == answer))
    }
}

/// No such request is admitted.
pub(crate) fn never(scene: &mut Scene<'_>, of: &Requests) -> Result<Answer, AskError> {
    let point = scene.point;
    scene.admitted(
        Need::Everything,
        |parts| of.formula(parts.engine, point),
        |witness| of.holds(point, witness),
    )
}

/// Every such request is admitted, as far as handshake and token filter let it pass.
pub(crate) fn always(scene: &mut Scene<'_>, of: &Requests) -> Result<Answer, AskError> {
    let point = scene.point;
    scene.seek(
        Need::Everything,
        |parts| {
            let refused = parts.admitted().not();
            Bool::and(&[parts.feasible(), refused, of.formula(parts.engine, point)])
        },
        |witness| {
            let decision = ask::admitted(point, witness);
            let so = ask::refused_by_policy(&decision) && of.holds(point, witness);
            so.then(|| vec![decision]).ok_or_else(|| "the request should be refused by policy".to_owned())
        },
    )
}

/// There is such a request; where `feasible`, one that handshake and token filter let pass.
pub(crate) fn exists(scene: &mut Scene<'_>, of: &Requests, feasible: bool) -> Result<Answer, AskError> {
    let point = scene.point;
    let found = scene.seek(
        Need::Everything,
        |parts| {
            let space = of.formula(parts.engine, point);
            if feasible { Bool::and(&[parts.feasible(), space]) } else { space }
        },
        |witness| {
            let so = of.holds(point, witness);
            so.then(Vec::new).ok_or_else(|| "the request should meet the condition".to_owned())
        },
    )?;
    Ok(crate::property::turned(found))
}
