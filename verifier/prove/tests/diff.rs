//! Differences of access: what is claimed of sets of requests must hold of every request that is tried.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "functions of tests may fail as tests do"
)]

mod support;

use mp_eval::{Proto, Request, Surroundings, decide};
use mp_ir::plan::EnforcementPoint;
use mp_prove::diff::{Delta, Named, Pair, PointDiff, access, pair};
use support::{Dice, policies, request, side};

fn policy(name: &str, action: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{action: {action}, rules: [{rules}]}}\n"
    )
}

fn between(old: &EnforcementPoint, new: &EnforcementPoint) -> PointDiff {
    access(&Pair { old, new, like: Vec::new() }).unwrap()
}

fn changes(old: &str, new: &str) -> PointDiff {
    between(&side(old).1, &side(new).1)
}

fn sets(deltas: &[Delta]) -> Vec<String> {
    deltas.iter().map(|delta| delta.scope.as_ref().unwrap().to_string()).collect()
}

const WEB: &str =
    "{from: [{source: {namespaces: [web]}}], to: [{operation: {methods: [GET], paths: [/v1/*]}}]}";

#[test]
fn a_loosened_rule_tells_what_it_lets_in() {
    let old = policy("a", "ALLOW", WEB);
    let new = policy("a", "ALLOW", &WEB.replace("[GET]", "[GET, POST]"));
    let found = changes(&old, &new);
    assert_eq!(sets(&found.gained), ["POST, /v1/*, from namespace web, any port"]);
    assert!(found.lost.is_empty() && found.open.is_empty(), "{found:?}");
    let delta = &found.gained[0];
    assert_eq!(delta.before.text, "no ALLOW rule matches: rule 0 of shop/a does not match");
    assert_eq!(delta.after.text, "rule 0 of shop/a matches");
    assert!(delta.before.origin.is_some() && delta.after.origin.is_some());
    let back = changes(&new, &old);
    assert_eq!(sets(&back.lost), sets(&found.gained));
    assert!(back.gained.is_empty());
}

#[test]
fn exceptions_and_alternatives_are_part_of_the_set() {
    let old =
        policy("a", "ALLOW", WEB) + &policy("d", "DENY", "{to: [{operation: {paths: [/v1/ping, /v1/x/*]}}]}");
    let wider = WEB.replace("[web]", "[web, shop, pay]");
    let new = policy("a", "ALLOW", &wider)
        + &policy("d", "DENY", "{to: [{operation: {paths: [/v1/ping, /v1/x/*]}}]}");
    let found = changes(&old, &new);
    assert_eq!(
        sets(&found.gained),
        ["GET, /v1/* but /v1/ping, /v1/x/*, from namespace pay or namespace shop, any port"]
    );
}

#[test]
fn neighbours_of_neighbours_are_told_in_one_sentence() {
    let rule = "{from: [{source: {namespaces: [web, pay]}}], to: [{operation: {methods: [GET, POST], paths: [/v1]}}]}";
    let found = changes(&policy("a", "ALLOW", rule), &policy("a", "ALLOW", &rule.replace("/v1", "/v2")));
    assert_eq!(sets(&found.gained), ["GET or POST, /v2, from namespace pay or namespace web, any port"]);
    assert_eq!(sets(&found.lost), ["GET or POST, /v1, from namespace pay or namespace web, any port"]);
}

#[test]
fn refactorings_are_proved_equal() {
    let one = policy(
        "a",
        "ALLOW",
        "{from: [{source: {namespaces: [web, shop]}}], to: [{operation: {paths: [/a, /b]}}]}",
    );
    let split = policy(
        "b",
        "ALLOW",
        "{from: [{source: {namespaces: [shop]}}], to: [{operation: {paths: [/b, /a]}}]}",
    ) + &policy(
        "c",
        "ALLOW",
        "{from: [{source: {namespaces: [web]}}], to: [{operation: {paths: [/a]}}, {operation: {paths: [/b]}}]}",
    );
    assert_eq!(changes(&one, &split), PointDiff::default());
    let miss = split.replace("paths: [/b, /a]", "paths: [/b]");
    assert_eq!(sets(&changes(&one, &miss).lost), ["any method, /a, from namespace shop, any port"]);
}

#[test]
fn the_first_allow_policy_closes_everything_else() {
    let found = changes("", &policy("a", "ALLOW", WEB));
    assert!(!found.lost.is_empty() && found.gained.is_empty());
    assert!(found.notes[0].text.starts_with("this is the first ALLOW policy"), "{:?}", found.notes);
    let callers: Vec<String> = sets(&found.lost);
    assert!(callers.iter().any(|set| set.contains("bytes")), "{callers:?}");
    assert!(found.open.is_empty(), "{:?}", found.open);
}

#[test]
fn plain_text_is_told_as_callers_without_identity() {
    let mode = |mode: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: d, namespace: shop}}\nspec: {{mtls: {{mode: {mode}}}}}\n"
        )
    };
    let found = changes(&mode("STRICT"), &mode("PERMISSIVE"));
    assert_eq!(
        sets(&found.gained),
        [
            "any method, any path, from callers without an identity, any port",
            "bytes, from callers without an identity, any port"
        ]
    );
    assert_eq!(found.gained[0].before.text, "plain text is not taken");
    assert!(found.gained[0].before.origin.is_some());
}

#[test]
fn names_and_lines_do_not_make_points_differ() {
    let one = side(&policy("a", "ALLOW", WEB)).1;
    let two = side(&format!("# moved\n\n{}", policy("b", "ALLOW", WEB))).1;
    let named = |point| [Named { point, owner: "w" }];
    let same = pair(&named(&one), &named(&two));
    assert_eq!((same.same, same.changed.len()), (1, 0));
    let three = side(&policy("b", "ALLOW", &WEB.replace("/v1", "/v2"))).1;
    let other = pair(&named(&one), &named(&three));
    assert_eq!((other.same, other.changed.len()), (0, 1));
    // A replica more is no new point, and a new workload is.
    let replica = EnforcementPoint { name: "w-2".to_owned(), ..one.clone() };
    let more = [Named { point: &one, owner: "w" }, Named { point: &replica, owner: "w" }];
    assert_eq!(pair(&named(&one), &more).same, 2);
    let new = [Named { point: &one, owner: "w" }, Named { point: &replica, owner: "v" }];
    assert_eq!(pair(&named(&one), &new).added.len(), 1);
    assert_eq!(pair(&new, &named(&one)).removed.len(), 1);
}

/// Requests of a set: the witness with everything that the set leaves free changed.
fn neighbours(dice: &mut Dice, delta: &Delta) -> Vec<Request> {
    let scope = delta.scope.as_ref().unwrap();
    let free = |dimension| !scope.conditions.contains_key(&dimension);
    use mp_prove::diff::Dimension;
    (0..12)
        .map(|_| {
            let (mut out, other) = (delta.request.clone(), request(dice));
            if out.proto == Proto::Tcp || other.proto == Proto::Tcp {
                return out;
            }
            if free(Dimension::Method) {
                out.method.clone_from(&other.method);
            }
            if free(Dimension::Path) {
                out.path.clone_from(&other.path);
            }
            if free(Dimension::Host) {
                out.host.clone_from(&other.host);
            }
            if free(Dimension::Source) && free(Dimension::Client) {
                out.src.clone_from(&other.src);
            }
            if free(Dimension::Caller) && out.sni.is_none() {
                out.peer.clone_from(&other.peer);
            }
            out
        })
        .collect()
}

/// Whether a set holds no request that both sides answer alike, as far as handshake and token let it pass.
fn holds(
    dice: &mut Dice,
    admits: &EnforcementPoint,
    refuses: &EnforcementPoint,
    deltas: &[Delta],
) -> Result<(), String> {
    for delta in deltas {
        for request in neighbours(dice, delta) {
            let answer = |point: &EnforcementPoint| decide(point, &request, &Surroundings::default());
            let (yes, no) = (answer(admits), answer(refuses));
            let passes = !matches!(
                yes.by,
                mp_eval::By::Mtls | mp_eval::By::Jwt | mp_eval::By::Codec | mp_eval::By::Route
            );
            let normal = mp_eval::normalize(request.path.as_bytes(), admits.paths)
                == mp_eval::PathOutcome::Path(request.path.clone().into_bytes());
            if passes && normal && (!yes.admitted() || no.admitted()) {
                return Err(format!("{} claims {request:?}", delta.scope.as_ref().unwrap()));
            }
        }
    }
    Ok(())
}

/// No request outside of complete lists is answered differently.
fn complete(
    dice: &mut Dice,
    old: &EnforcementPoint,
    new: &EnforcementPoint,
    found: &PointDiff,
) -> Result<(), String> {
    for _ in 0..300 {
        let request = request(dice);
        let admitted =
            |point: &EnforcementPoint| decide(point, &request, &Surroundings::default()).admitted();
        let comparable = request.jwt.is_none() || old.http.jwt == new.http.jwt;
        let (before, after) = (admitted(old), admitted(new));
        let told = if after { !found.gained.is_empty() } else { !found.lost.is_empty() };
        if comparable && before != after && !told {
            return Err(format!("{request:?}"));
        }
    }
    Ok(())
}

#[test]
fn random_pairs_keep_what_is_claimed() {
    let mut dice = Dice(20_261_129);
    let (mut equal, mut differing) = (0, 0);
    for round in 0..40 {
        let (old_text, mut new_text) = (policies(&mut dice), policies(&mut dice));
        if dice.roll(2) == 0 {
            new_text = format!("{old_text}{}", new_text.replace("name: p", "name: q"));
        }
        let (old, new) = (side(&old_text).1, side(&new_text).1);
        let found = between(&old, &new);
        let back = between(&new, &old);
        let about = format!("{round}:\n{old_text}\n=====\n{new_text}");
        assert_eq!(
            (sets(&found.gained), sets(&found.lost)),
            (sets(&back.lost), sets(&back.gained)),
            "{about}"
        );
        assert_eq!(between(&old, &old), PointDiff { notes: Vec::new(), ..PointDiff::default() }, "{about}");
        assert_eq!(holds(&mut dice, &new, &old, &found.gained), Ok(()), "{about}");
        assert_eq!(holds(&mut dice, &old, &new, &found.lost), Ok(()), "{about}");
        if found.open.is_empty() {
            assert_eq!(complete(&mut dice, &old, &new, &found), Ok(()), "{about}");
        }
        if found.gained.is_empty() && found.lost.is_empty() { equal += 1 } else { differing += 1 }
    }
    assert!(equal > 3 && differing > 10, "{equal} equal, {differing} differing: the generator is one-sided");
}
