//! From the YAML form to the invariant, and back.

use mp_ir::base::Origin;
use mp_ir::plan::TextMatch;

use super::document::{
    AssumeText, CallerFields, CallerText, Document, Metadata, MethodText, NameText, OnlyText, OperationText,
    PairText, PathText, PlaceText, Requests, Spec, World,
};
use super::many::Many;
use super::phrase::{self, Fault};
use super::{Assumptions, Change, Date, Demand, Invariant, Scope, Waived, Waiver};
use crate::caller::{Callers, Who};
use crate::condition::{Condition, HostPattern, Target};
use crate::place::Place;

impl Invariant {
    /// The invariant that a document states. `origin` gives the place of a part of the document by its keys, list places being numbers.
    ///
    /// # Errors
    /// When parts do not fit together, with the keys of the part.
    pub fn from_document(
        document: Document,
        origin: &dyn Fn(&[&str]) -> Origin,
    ) -> Result<Self, (Fault, Vec<String>)> {
        let at = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<String>>();
        let spec = document.spec;
        let mut place = spec.at.as_ref().map(place).transpose().map_err(|f| (f, at(&["spec", "at"])))?;
        let demand =
            demand(&spec, place.get_or_insert_default()).map_err(|(f, key)| (f, at(&["spec", key])))?;
        let assume = spec.assume.as_ref().map(assumptions).transpose();
        let mut waivers = Vec::new();
        for (number, text) in spec.waivers.iter().enumerate() {
            let number = number.to_string();
            let keys = ["spec", "waivers", &number];
            waivers.push(waiver(text, origin(&keys)).map_err(|f| (f, at(&keys)))?);
        }
        Ok(Self {
            name: document.metadata.name,
            severity: spec.severity,
            because: spec.because,
            at: place.unwrap_or_default(),
            demand,
            assume: assume.map_err(|f| (f, at(&["spec", "assume"])))?.unwrap_or_default(),
            waivers,
            origin: origin(&["metadata", "name"]),
        })
    }

    /// The invariant as a document.
    #[must_use]
    pub fn document(&self) -> Document {
        let mut spec = Spec {
            severity: self.severity,
            because: self.because.clone(),
            at: (self.at != Place::default()).then(|| show_place(&self.at)),
            assume: (self.assume != Assumptions::default()).then(|| show_assumptions(&self.assume)),
            waivers: self.waivers.iter().map(show_waiver).collect(),
            ..Spec::default()
        };
        let scope = |scope: &Scope| Requests {
            unless: Many(scope.unless.iter().map(show).collect()),
            ..show(&scope.of)
        };
        let change = |change: &Change| Requests {
            except: Many(change.except.iter().map(show).collect()),
            since: (!change.since.is_empty()).then(|| change.since.clone()),
            ..show(&change.of)
        };
        match &self.demand {
            Demand::Never(of) => spec.never = Some(scope(of)),
            Demand::Always(of) => spec.always = Some(scope(of)),
            Demand::Some(of) => spec.some = Some(scope(of)),
            Demand::Only(who, of) => spec.only = Some(OnlyText { from: show_callers(who), may: scope(of) }),
            Demand::NoNew(of) => spec.no_new = Some(change(of)),
            Demand::NoLost(of) => spec.no_lost = Some(change(of)),
            Demand::Same(of) => spec.same = Some(change(of)),
            Demand::Equal(old, new) => spec.equal = Some((old.clone(), new.clone())),
        }
        Document {
            api_version: "meshproof.dev/v1alpha1".to_owned(),
            kind: "Invariant".to_owned(),
            metadata: Metadata { name: self.name.clone() },
            spec,
        }
    }
}

/// A verb with what stands under it, and the demand that it makes.
type Stated<'d, T> = (&'static str, &'d Option<Requests>, fn(T) -> Demand);

type Keyed<T> = Result<T, (Fault, &'static str)>;

/// The one verb that is stated.
fn demand(spec: &Spec, place: &mut Place) -> Keyed<Demand> {
    let mut found: Vec<Keyed<Demand>> = Vec::new();
    let scopes: [Stated<'_, Scope>; 3] = [
        ("never", &spec.never, Demand::Never),
        ("always", &spec.always, Demand::Always),
        ("some", &spec.some, Demand::Some),
    ];
    for (key, text, make) in scopes {
        found.extend(text.as_ref().map(|text| Ok(make(scope(text, place).map_err(|f| (f, key))?))));
    }
    if let Some(only) = &spec.only {
        let may = scope(&only.may, place).map_err(|f| (f, "only"));
        let who = callers(&only.from).map_err(|f| (f, "only"));
        found.push(may.and_then(|may| Ok(Demand::Only(who?, may))));
    }
    let changes: [Stated<'_, Change>; 3] = [
        ("noNew", &spec.no_new, Demand::NoNew),
        ("noLost", &spec.no_lost, Demand::NoLost),
        ("same", &spec.same, Demand::Same),
    ];
    for (key, text, make) in changes {
        found.extend(text.as_ref().map(|text| Ok(make(change(text, place).map_err(|f| (f, key))?))));
    }
    found.extend(spec.equal.iter().map(|(old, new)| Ok(Demand::Equal(old.clone(), new.clone()))));
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => only,
        _ => Err((
            Fault::new(
                "exactly one verb must be stated",
                "verbs are never, always, some, only, noNew, noLost, same, equal",
            ),
            "",
        )),
    }
}

fn scope(text: &Requests, place: &mut Place) -> Result<Scope, Fault> {
    refuse(&[(text.since.is_some(), "since"), (!text.except.is_empty(), "except")])?;
    let unless = text.unless.0.iter().map(exception).collect::<Result<_, _>>()?;
    Ok(Scope { of: main(text, place)?, unless })
}

fn change(text: &Requests, place: &mut Place) -> Result<Change, Fault> {
    refuse(&[(!text.unless.is_empty(), "unless")])?;
    let except = text.except.0.iter().map(exception).collect::<Result<_, _>>()?;
    let since = text.since.clone().unwrap_or_default();
    Ok(Change { of: main(text, place)?, except, since })
}

/// The target of the main condition is where the invariant is asked.
fn main(text: &Requests, place: &mut Place) -> Result<Condition, Fault> {
    refuse_waiver(text)?;
    let mut out = condition(text)?;
    if let Some(target) = out.to.take() {
        if place.to.is_some() {
            return Err(Fault::new("the service is said twice", "say it in `at` or in `to`"));
        }
        place.to = Some(target);
    }
    Ok(out)
}

fn exception(text: &Requests) -> Result<Condition, Fault> {
    refuse(&[
        (text.since.is_some(), "since"),
        (!text.except.is_empty(), "except"),
        (!text.unless.is_empty(), "unless"),
    ])?;
    refuse_waiver(text)?;
    condition(text)
}

fn refuse_waiver(text: &Requests) -> Result<(), Fault> {
    refuse(&[
        (text.until.is_some(), "until"),
        (text.ticket.is_some(), "ticket"),
        (text.like.is_some(), "like"),
    ])
}

fn refuse(fields: &[(bool, &str)]) -> Result<(), Fault> {
    match fields.iter().find(|(there, _)| *there) {
        Some((_, name)) => Err(Fault::new(
            format!("`{name}` has no place here"),
            "`unless` belongs to never, always, some and only; `since` and `except` to noNew, noLost and same; \
             `until`, `ticket` and `like` to waivers",
        )),
        None => Ok(()),
    }
}

fn waiver(text: &Requests, origin: Origin) -> Result<Waiver, Fault> {
    refuse(&[
        (text.since.is_some(), "since"),
        (!text.except.is_empty(), "except"),
        (!text.unless.is_empty(), "unless"),
    ])?;
    let day = |text: &String| {
        Date::parse(text)
            .ok_or_else(|| Fault::new(format!("`{text}` is no day"), "write `until: 2027-01-31`"))
    };
    let until = text.until.as_ref().map(day).transpose()?;
    let condition = condition(text)?;
    let of = match &text.like {
        Some(name) if condition == Condition::default() => Waived::Like(name.clone()),
        Some(_) => return Err(Fault::new("a waiver like another has no requests of its own", "write two")),
        None if until.is_none() => {
            return Err(Fault::new("the waiver never ends", "write `until: 2027-01-31`"));
        }
        None if condition == Condition::default() => {
            return Err(Fault::new("the waiver covers every request", "say which requests it covers"));
        }
        None => Waived::Requests(Box::new(condition)),
    };
    Ok(Waiver { of, until, ticket: text.ticket.clone(), origin })
}

fn place(text: &PlaceText) -> Result<Place, Fault> {
    let pair = |text: &PairText| phrase::pair("name", &text.0);
    let service = text.service.as_ref().map(pair).transpose()?.map(|(ns, name)| Target::Service(ns, name));
    let namespace = text.namespace.as_ref().map(|name| Target::Namespace(name.0.clone()));
    if service.is_some() && namespace.is_some() {
        return Err(Fault::new("the place is said twice", "a service has its namespace in its name"));
    }
    Ok(Place {
        workload: text.workload.as_ref().map(pair).transpose()?,
        to: service.or(namespace),
        gateway: text.gateway.as_ref().map(pair).transpose()?,
        labels: text.labels.clone(),
    })
}

fn assumptions(text: &AssumeText) -> Result<Assumptions, Fault> {
    let mut out = Assumptions { closed_world: text.world == Some(World::Closed), ..Assumptions::default() };
    text.ext.iter().try_for_each(|(name, answer)| out.provider(name, *answer))?;
    out.requests = text.requests.0.iter().map(exception).collect::<Result<_, _>>()?;
    Ok(out)
}

fn condition(text: &Requests) -> Result<Condition, Fault> {
    let mut out = Condition {
        from: callers(&text.from)?,
        without: callers(&text.without)?,
        headers: text.headers.0.iter().map(|header| phrase::header(header)).collect(),
        no_headers: text.no_headers.0.iter().map(|name| name.to_ascii_lowercase()).collect(),
        proto: text.proto,
        ..Condition::default()
    };
    let Some(to) = &text.to else { return Ok(out) };
    let at =
        PlaceText { service: to.service.clone(), namespace: to.namespace.clone(), ..PlaceText::default() };
    out.to = place(&at)?.to;
    out.methods = to.methods.0.iter().map(|method| method.0.clone()).collect();
    out.paths = to.paths.0.iter().map(|path| path.0.clone()).collect();
    out.not_paths = to.not_paths.0.iter().map(|path| path.0.clone()).collect();
    out.hosts = to.hosts.0.iter().map(|host| HostPattern::new(host)).collect();
    out.ports = to.ports.0.iter().map(|port| u32::from(*port)).collect();
    Ok(out)
}

fn callers(texts: &Many<CallerText>) -> Result<Callers, Fault> {
    let mut out = Callers::new();
    for text in &texts.0 {
        out.extend(match text {
            CallerText::Words(words) => phrase::callers(words)?,
            CallerText::Fields(fields) => fields.callers()?,
        });
    }
    Ok(out)
}

impl CallerFields {
    /// All fields hold, of each list one entry.
    pub(super) fn callers(&self) -> Result<Callers, Fault> {
        let mut out = Condition::default();
        let lists = [("ns", &self.ns), ("sa", &self.sa), ("td", &self.td), ("ip", &self.ip)];
        for (prefix, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            let texts: Vec<String> = list.0.iter().map(|text| format!("{prefix}:{text}")).collect();
            out.add_from(&phrase::callers(&texts.join(","))?);
        }
        if !self.jwt.is_empty() {
            let claim = |(name, value): (&String, &String)| (name.clone(), TextMatch::from_wildcard(value));
            out.add_from(&vec![vec![Who::Token(self.jwt.iter().map(claim).collect())]]);
        }
        if out.from.is_empty() {
            return Err(Fault::new("the caller has no field", "write `any` for everybody"));
        }
        Ok(out.from)
    }
}

fn show_place(place: &Place) -> PlaceText {
    let pair = |(ns, name): &(String, String)| PairText(format!("{ns}/{name}"));
    let (service, namespace) = show_target(place.to.as_ref());
    PlaceText {
        workload: place.workload.as_ref().map(pair),
        service,
        namespace,
        gateway: place.gateway.as_ref().map(pair),
        labels: place.labels.clone(),
    }
}

fn show_target(target: Option<&Target>) -> (Option<PairText>, Option<NameText>) {
    match target {
        None => (None, None),
        Some(Target::Service(ns, name)) => (Some(PairText(format!("{ns}/{name}"))), None),
        Some(Target::Namespace(name)) => (None, Some(NameText(name.clone()))),
    }
}

fn show_assumptions(assume: &Assumptions) -> AssumeText {
    AssumeText {
        world: assume.closed_world.then_some(World::Closed),
        ext: assume.providers.iter().cloned().collect(),
        requests: Many(assume.requests.iter().map(show).collect()),
    }
}

fn show_waiver(waiver: &Waiver) -> Requests {
    let mut out = match &waiver.of {
        Waived::Requests(condition) => show(condition),
        Waived::Like(name) => Requests { like: Some(name.clone()), ..Requests::default() },
    };
    out.until = waiver.until.map(|day| day.to_string());
    out.ticket.clone_from(&waiver.ticket);
    out
}

fn show_callers(callers: &Callers) -> Many<CallerText> {
    Many(callers.iter().map(|all| CallerText::Words(phrase::show_callers(&vec![all.clone()]))).collect())
}

fn show(condition: &Condition) -> Requests {
    let (service, namespace) = show_target(condition.to.as_ref());
    let to = OperationText {
        service,
        namespace,
        methods: Many(condition.methods.iter().cloned().map(MethodText).collect()),
        paths: Many(condition.paths.iter().cloned().map(PathText).collect()),
        not_paths: Many(condition.not_paths.iter().cloned().map(PathText).collect()),
        hosts: Many(condition.hosts.iter().map(|host| host.text.clone()).collect()),
        ports: Many(condition.ports.iter().filter_map(|port| u16::try_from(*port).ok()).collect()),
    };
    Requests {
        from: show_callers(&condition.from),
        without: show_callers(&condition.without),
        to: (to != OperationText::default()).then_some(to),
        headers: Many(condition.headers.iter().map(phrase::show_header).collect()),
        no_headers: Many(condition.no_headers.clone()),
        proto: condition.proto,
        ..Requests::default()
    }
}
