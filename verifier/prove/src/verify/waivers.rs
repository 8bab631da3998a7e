//! Which requests the waivers of an invariant cover.

use mp_ir::base::Origin;

use crate::condition::Condition;
use crate::invariant::{Date, Invariant, Waived, Waiver};

/// A waiver that counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) covers: Condition,
    pub(super) origin: Origin,
    /// It is the invariant's own, rather than repeated from another.
    pub(super) own: bool,
}

/// What the waivers of one invariant come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Waivers {
    pub(super) counted: Vec<Counted>,
    /// Those that have ended, with their last day.
    pub(super) expired: Vec<(Origin, Date)>,
    /// Those that lead in a circle or to no invariant, with the name that they lead to.
    pub(super) lost: Vec<(Origin, String)>,
}

pub(super) fn of(invariant: &Invariant, all: &[Invariant], today: Option<Date>) -> Waivers {
    let mut out = Waivers::default();
    let ended = |waiver: &Waiver| waiver.until.zip(today).filter(|(until, today)| until < today);
    for waiver in &invariant.waivers {
        if let Some((until, _)) = ended(waiver) {
            out.expired.push((waiver.origin, until));
            continue;
        }
        match &waiver.of {
            Waived::Requests(covers) => {
                let covers = covers.as_ref().clone();
                out.counted.push(Counted { covers, origin: waiver.origin, own: true });
            }
            Waived::Like(name) => {
                let mut way = vec![invariant.name.as_str()];
                match repeated(name, all, &mut way, &|waiver| ended(waiver).is_none()) {
                    Some(covered) => out.counted.extend(covered.into_iter().map(|covers| Counted {
                        covers,
                        origin: waiver.origin,
                        own: false,
                    })),
                    None => out.lost.push((waiver.origin, name.clone())),
                }
            }
        }
    }
    out
}

/// What the waivers of an invariant cover; `None` when the way leads back or nowhere.
fn repeated<'a>(
    name: &'a str,
    all: &'a [Invariant],
    way: &mut Vec<&'a str>,
    counts: &impl Fn(&Waiver) -> bool,
) -> Option<Vec<Condition>> {
    if way.contains(&name) {
        return None;
    }
    let invariant = all.iter().find(|invariant| invariant.name == name)?;
    way.push(name);
    let mut out = Vec::new();
    for waiver in invariant.waivers.iter().filter(|waiver| counts(waiver)) {
        match &waiver.of {
            Waived::Requests(covers) => out.push(covers.as_ref().clone()),
            Waived::Like(next) => out.extend(repeated(next, all, way, counts)?),
        }
    }
    way.pop();
    Some(out)
}
