//! The area of Kiali's validations: what it finds rightly is found, and its false alarms are not raised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::compare::{self, list, text};
use super::findings::{check, named_by, parsed};
use super::program::{Said, each};
use super::{Answer, CaseResult, Context};

/// One recorded case.
struct Case {
    name: String,
    path: PathBuf,
    about: Value,
    /// Resources by code, as Kiali names them.
    said: BTreeMap<String, BTreeSet<String>>,
}

impl Case {
    fn read(name: &str, path: PathBuf) -> Result<Self, String> {
        let expect = compare::read_json(&path.join("expect.json"))?;
        let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for message in list(&expect, "messages") {
            let resource = resource(text(message, "resource"));
            said.entry(text(message, "code").to_owned()).or_default().insert(resource);
        }
        Ok(Self { name: name.to_owned(), about: compare::read_json(&path.join("case.json"))?, path, said })
    }

    /// Whether Kiali's answer is right; `None` is a matter of taste.
    fn sound(&self) -> Option<bool> {
        self.about.get("sound").and_then(Value::as_bool)
    }

    fn is_set(&self) -> bool {
        matches!(text(&self.about, "role"), "combo" | "mesh")
    }
}

/// Kiali's `K8sGateway` is a Gateway here, its `service` a Service.
fn resource(kiali: &str) -> String {
    match kiali.split_once(' ') {
        Some(("service", name)) => format!("Service {name}"),
        _ => kiali.strip_prefix("K8s").unwrap_or(kiali).to_owned(),
    }
}

/// `check` on the cases that are judged, and on whole sets for the codes that are never wrong in a judged case.
pub(crate) fn run(context: &Context) -> Result<Answer, String> {
    let read = all_cases(context)?;
    let sound = sound_codes(&read);
    let asked = |case: &&Case| context.wants(&case.name) && (case.sound().is_some() || case.is_set());
    let cases: Vec<&Case> = read.iter().filter(asked).collect();
    let done = each(&cases, |case| Ok::<_, String>((*case, check(context, &case.name, &case.path)?)));
    let mut results = Vec::new();
    for run in done {
        let (case, said) = run?;
        results.push(CaseResult::new(case.name.clone(), fault(case, &sound, &said)));
    }
    let open = read.len() - read.iter().filter(|case| case.sound().is_some() || case.is_set()).count();
    eprintln!("kiali: {open} cases are a matter of taste or not judged");
    Ok(Answer::Cases(results))
}

/// All cases: which codes are sound is seen from the whole area, also when one case is asked for.
fn all_cases(context: &Context) -> Result<Vec<Case>, String> {
    let mut out = Vec::new();
    for path in crate::project::entries(&context.area)? {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.join("case.json").is_file() {
            out.push(Case::read(&name, path)?);
        }
    }
    Ok(out)
}

/// Codes that some case calls right and none calls a false alarm.
fn sound_codes(cases: &[Case]) -> BTreeSet<&str> {
    let of = |sound: bool| -> BTreeSet<&str> {
        let judged = cases.iter().filter(|case| case.sound() == Some(sound));
        judged
            .map(|case| (case, text(&case.about, "code")))
            .filter(|(case, code)| case.said.contains_key(*code))
            .map(|(_, code)| code)
            .collect()
    };
    of(true).difference(&of(false)).copied().collect()
}

fn fault(case: &Case, sound: &BTreeSet<&str>, said: &Said) -> Option<String> {
    let Some(report) = parsed(said) else { return Some(said.first_fault()) };
    let code = text(&case.about, "code");
    let none = BTreeSet::new();
    let wanted = case.said.get(code).unwrap_or(&none);
    let found = objects_of(&report, code);
    match case.sound() {
        _ if case.is_set() => in_set(case, sound, &report),
        Some(true) if !wanted.is_empty() => missing(code, wanted, &found),
        Some(false) if wanted.is_empty() => missed(&report),
        _ => (!found.is_empty()).then(|| format!("{code} on {found:?}, where it is a false alarm")),
    }
}

/// Of a set: every sound code on each of its resources, but for those that the case calls false alarms. Where Kiali rightly says
/// nothing, nothing.
fn in_set(case: &Case, sound: &BTreeSet<&str>, report: &Value) -> Option<String> {
    if case.sound() == Some(true) && case.said.is_empty() {
        let codes: Vec<&str> = list(report, "findings").iter().map(|f| text(f, "code")).collect();
        return (!codes.is_empty()).then(|| format!("{codes:?} on a sound mesh"));
    }
    let mut faults = Vec::new();
    for (code, wanted) in &case.said {
        let found = objects_of(report, code);
        if case.sound() == Some(false) && text(&case.about, "why").contains(code) {
            let alarms: Vec<&String> = wanted.intersection(&found).collect();
            faults.extend((!alarms.is_empty()).then(|| format!("{code} on {alarms:?}, a false alarm")));
        } else if sound.contains(code.as_str()) {
            faults.extend(missing(code, wanted, &found));
        }
    }
    (!faults.is_empty()).then(|| faults.join("; "))
}

fn missing(code: &str, wanted: &BTreeSet<String>, found: &BTreeSet<String>) -> Option<String> {
    let lacks: Vec<&String> = wanted.difference(found).collect();
    (!lacks.is_empty()).then(|| format!("{code} lacks {lacks:?}"))
}

/// Kiali is silent on a mistake: some error or warning must be there.
fn missed(report: &Value) -> Option<String> {
    let loud = list(report, "findings").iter().any(|f| text(f, "level") != "info");
    (!loud).then(|| "nothing is found, as with Kiali".to_owned())
}

/// The objects of the findings that stand for one of Kiali's codes, related ones included.
fn objects_of(report: &Value, code: &str) -> BTreeSet<String> {
    let of_code = list(report, "findings").iter().filter(|f| text(f, "kiali") == code);
    of_code
        .flat_map(named_by)
        .map(|object| match object.split_once(' ') {
            Some((
                "Pod" | "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "CronJob",
                name,
            )) => {
                format!("workload {name}")
            }
            _ => object,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(findings: Value) -> Said {
        Said { code: Some(1), stdout: json!({"findings": findings}).to_string(), stderr: String::new() }
    }

    fn finding(code: &str, name: &str) -> Value {
        json!({"kiali": code, "level": "warning", "object": {"kind": "Service", "namespace": "a", "name": name}})
    }

    fn case(sound: bool, messages: &[&str]) -> Case {
        let set = messages.iter().map(|name| format!("Service a/{name}")).collect();
        let said =
            if messages.is_empty() { BTreeMap::new() } else { BTreeMap::from([("K".to_owned(), set)]) };
        let about = json!({"role": "trigger", "code": "K", "sound": sound});
        Case { name: "x".to_owned(), path: PathBuf::new(), about, said }
    }

    #[test]
    fn each_verdict_asks_for_its_own() {
        let none = BTreeSet::new();
        let (found, other, empty) =
            (said(json!([finding("K", "x")])), said(json!([finding("L", "x")])), said(json!([])));
        let judge = |case: &Case, said: &Said| fault(case, &none, said).is_none();
        let right = case(true, &["x"]);
        assert!(judge(&right, &found) && !judge(&right, &other) && !judge(&right, &empty));
        let silent = case(true, &[]);
        assert!(!judge(&silent, &found) && judge(&silent, &other) && judge(&silent, &empty));
        let false_alarm = case(false, &["x"]);
        assert!(!judge(&false_alarm, &found) && judge(&false_alarm, &other));
        let missed = case(false, &[]);
        assert!(judge(&missed, &other) && !judge(&missed, &empty));
    }

    #[test]
    fn codes_with_a_false_alarm_are_not_asked_of_sets() {
        let cases = [case(true, &["x"])];
        assert_eq!(sound_codes(&cases), BTreeSet::from(["K"]));
        let cases = [case(true, &["x"]), case(false, &["x"])];
        assert!(sound_codes(&cases).is_empty());
    }
}
