//! All invariants and built-in properties over all enforcement points.

mod demands;
mod findings;
mod notices;
mod properties;
mod settled;
mod waivers;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::rc::Rc;

use mp_eval::{Surroundings, decide};
use mp_ir::base::Origin;
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;

use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use crate::ask::Subject;
use crate::automata::Languages;
use crate::diff::reads_destination;
use crate::engine::Reason;
use crate::invariant::{Date, Invariant, Severity};
use crate::property::Property;
use crate::question::{Answer, AskError, Truth, Witness};
use crate::scene::Scene;

pub use findings::findings;
pub(crate) use notices::INVALID;
pub use notices::{NOTICES, Notice};
use settled::Settled;

/// One property at one point, or at several that decide alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The code: of the built-in property, or of what is said about an invariant.
    pub code: &'static str,
    /// Name of that code.
    pub property: &'static str,
    /// Name of the invariant or built-in property.
    pub name: String,
    /// Somebody wrote it down, so that it is shown when it holds, too.
    pub is_invariant: bool,
    /// How bad a violation is.
    pub severity: Severity,
    /// Namespace and name of the workload; empty where it is about none.
    pub workload: (String, String),
    /// Workloads of which the same is true.
    pub twins: Vec<(String, String)>,
    /// The rule it is about.
    pub rule: Option<String>,
    /// Whether it holds.
    pub answer: Truth,
    /// What is wrong, where it is violated.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    /// What refutes it, or shows it for `some`.
    pub witness: Option<Box<Witness>>,
    /// What the answer rests on.
    pub because: Vec<Reason>,
    /// Why there is no answer.
    pub unknown: Option<String>,
    /// Where the invariant or the rule is written.
    pub origin: Origin,
}

/// All verdicts: by point in the order of workloads, then those on rules in the order of their names, on the mesh, and on invariants as such.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// One per property and point.
    pub verdicts: Vec<Verdict>,
    /// Contradictions between solver and evaluator: mistakes of this program.
    pub internal: Vec<String>,
}

/// A mesh that another is compared with.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// Its facts.
    pub mesh: Mesh,
    /// Its points.
    pub points: Vec<EnforcementPoint>,
}

/// What to prove.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Built-in properties.
    pub properties: Vec<&'static Property>,
    /// The day on which waivers are looked at; without it none has ended.
    pub today: Option<Date>,
    /// Meshes by the names that invariants give them; the empty name is the baseline of those that name none.
    pub baselines: BTreeMap<String, Baseline>,
}

/// Proves invariants and built-in properties at every point, several points at once. `subject.point` is ignored; its facts and lowering count.
#[must_use]
pub fn verify(
    points: &[EnforcementPoint],
    subject: &Subject<'_>,
    invariants: &[Invariant],
    options: &Options,
) -> Report {
    let mut report = Report::default();
    let distinct = distinct(points);
    let mut asked = demands::Asked::new(invariants, options);
    let contradicted = Settled::new();
    // Points know nothing of each other but what they may skip; what they found is put together in their order.
    let found: Vec<_> = distinct
        .par_iter()
        .enumerate()
        .map_init(Rc::default, |languages: &mut Rc<Languages>, (place, point)| {
            let subject = Subject { point, ..*subject };
            let mut scene = Scene::with_named_ports(&subject).sharing(languages).owing();
            let said = |scene: &mut Scene<'_>| {
                let demands = asked.at(scene, place);
                (demands, properties::at(scene, place, &options.properties, &contradicted))
            };
            let found = said(&mut scene);
            if scene.settle() {
                return found;
            }
            // z3 does not confirm all proofs together: it is asked about each, and those that it does not confirm are none.
            said(&mut Scene::with_named_ports(&subject).sharing(languages))
        })
        .collect();
    let mut rules = properties::OfRules::default();
    for (point, (demands, said)) in distinct.iter().zip(found) {
        asked.hear(point, demands, &mut report);
        said.into_iter().for_each(|said| properties::hear(point, said, &mut rules, &mut report));
    }
    rules.report(&mut report);
    properties::of_mesh(subject.mesh, &options.properties, &mut report);
    asked.report(&distinct, &mut report);
    report
}

/// Points that decide alike are asked once. Addresses count where a rule asks for them.
fn distinct(points: &[EnforcementPoint]) -> Vec<EnforcementPoint> {
    let mut out: Vec<EnforcementPoint> = Vec::new();
    let mut seen: HashMap<u64, Vec<(EnforcementPoint, usize)>> = HashMap::new();
    for point in points {
        let bare = EnforcementPoint {
            name: String::new(),
            addresses: if reads_destination(point) { point.addresses.clone() } else { Vec::new() },
            twins: Vec::new(),
            ..point.clone()
        };
        let mut hasher = DefaultHasher::new();
        bare.hash(&mut hasher);
        let alike = seen.entry(hasher.finish()).or_default();
        let known = alike.iter().find(|(known, _)| *known == bare).map(|(_, at)| *at);
        match known.and_then(|at| out.get_mut(at)) {
            Some(first) => first.twins.push((point.namespace.clone(), point.name.clone())),
            None => {
                alike.push((bare, out.len()));
                out.push(point.clone());
            }
        }
    }
    out
}

impl Report {
    /// Adds what keeps an answer from a point; of points where it is the same, one is told with the others beside it.
    fn add_like(&mut self, verdict: Verdict, found: Result<Answer, AskError>) {
        let before = self.verdicts.len();
        self.add(verdict, found);
        let Some(last) = self.verdicts.pop_if(|_| before > 0) else { return };
        let same = |known: &&mut Verdict| {
            (&known.name, known.origin, known.answer) == (&last.name, last.origin, last.answer)
                && known.unknown == last.unknown
                && known.because == last.because
        };
        match self.verdicts.iter_mut().take(before).find(same) {
            Some(known) => {
                known.twins.push(last.workload);
                known.twins.extend(last.twins);
            }
            None => self.verdicts.push(last),
        }
    }

    /// Adds what was found, or what went wrong.
    fn add(&mut self, verdict: Verdict, found: Result<Answer, AskError>) {
        let answer = match found {
            Ok(answer) => answer,
            Err(AskError::NotThere(reason)) => {
                Answer { answer: Truth::Unknown, witness: None, because: Vec::new(), unknown: Some(reason) }
            }
            Err(error @ AskError::Mismatch(_)) => {
                self.internal.push(error.to_string());
                return;
            }
        };
        self.verdicts.push(Verdict {
            answer: answer.answer,
            witness: answer.witness,
            because: answer.because,
            unknown: answer.unknown,
            ..verdict
        });
    }
}

impl Report {
    /// Adds what needs no request to be seen.
    fn tell(&mut self, verdict: Verdict) {
        self.verdicts.push(Verdict { answer: Truth::Violated, ..verdict });
    }
}

impl Baseline {
    /// The point that stands for one of another mesh: of the same name, else of the same workload.
    fn counterpart(&self, point: &EnforcementPoint, mesh: &Mesh) -> Option<&EnforcementPoint> {
        let home = |p: &&EnforcementPoint| p.namespace == point.namespace;
        let same = |p: &&EnforcementPoint| home(p) && p.name == point.name;
        let owner = |mesh: &Mesh, name: &str| {
            let mut all = mesh.workloads.iter().chain(&mesh.templates);
            let found = all.find(|w| w.meta.namespace() == point.namespace && w.meta.name() == name);
            found.map(|w| w.workload_name.clone()).filter(|owner| !owner.is_empty())
        };
        self.points.iter().find(same).or_else(|| {
            let mine = owner(mesh, &point.name)?;
            self.points.iter().filter(home).find(|p| owner(&self.mesh, &p.name).as_ref() == Some(&mine))
        })
    }
}

impl Verdict {
    fn new(code: &'static str, property: &'static str, severity: Severity) -> Self {
        Self {
            code,
            property,
            name: property.to_owned(),
            is_invariant: false,
            severity,
            workload: (String::new(), String::new()),
            twins: Vec::new(),
            rule: None,
            answer: Truth::Unknown,
            message: String::new(),
            help: None,
            witness: None,
            because: Vec::new(),
            unknown: None,
            origin: None,
        }
    }

    fn at(self, point: &EnforcementPoint) -> Self {
        let workload = (point.namespace.clone(), point.name.clone());
        Self { workload, twins: point.twins.clone(), ..self }
    }
}

/// The way of a witness, once more, for those who show it.
#[must_use]
pub fn trace(point: &EnforcementPoint, witness: &Witness) -> Vec<mp_eval::Step> {
    let around = Surroundings { answers: witness.consents.clone(), ..Surroundings::default() };
    decide(point, &witness.request, &around).trace
}
