//! Any lines are read as requests, of `decide` and of `route`, and what was read is decided.
#![no_main]
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mp_eval::hop::{
    Answer, Answered, Around, Choices, Echo, Place, Proxy, Seen, Signature, SignedToken, read_rows, visit,
};
use mp_eval::{Decider, Request, Surroundings, json_lines};
use mp_ir::mesh::Mesh;
use mp_ir::plan::{EnforcementPoint, KeySource, Plan};
use mp_lower::{FactOptions, Index};
use mp_model::{Input, Workspace};

/// The sample mesh: all its policies and all its proxies.
static MESH: LazyLock<(Vec<EnforcementPoint>, Vec<Plan>)> = LazyLock::new(|| {
    let files = [
        include_str!("../../fixtures/shop/namespaces.yaml"),
        include_str!("../../fixtures/shop/policies.yaml"),
        include_str!("../../fixtures/shop/ingress.yaml"),
        include_str!("../../fixtures/shop/pay-routing.yaml"),
        include_str!("../../fixtures/shop/pay-workloads.yaml"),
        include_str!("../../fixtures/shop/shop-routing.yaml"),
        include_str!("../../fixtures/shop/shop-workloads.yaml"),
    ];
    let inputs =
        files.map(|text| Input { path: "a.yaml".to_owned(), bytes: text.as_bytes().to_vec().into() });
    let mesh: Mesh = mp_lower::facts(&Workspace::read(&inputs), &FactOptions::default());
    let index = Index::new(&mesh);
    let views = mp_lower::proxy::all(&mesh, &index);
    let plans = views.iter().map(|view| mp_lower::plan(&mesh, &index, view)).collect();
    (mp_lower::plan::security::enforcement_points(&mesh), plans)
});

/// Everybody answers.
struct World;

impl Around for World {
    fn accepts(&self, place: &Place) -> bool {
        place.port % 7 != 0
    }
    fn answer(&mut self, seen: &Seen) -> Answer {
        let _ = seen;
        Answer::Response(Answered { status: 200, ..Answered::default() })
    }
    fn echo(&mut self, _: &Seen) -> Echo {
        Echo { data: "x".to_owned(), closes: true }
    }
    fn server_names(&self, _: &Place) -> Option<Vec<String>> {
        None
    }
    fn server_alpn(&self, _: &Place) -> Vec<String> {
        vec!["h2".to_owned()]
    }
    fn own_names(&self, _: &str) -> Option<Vec<String>> {
        None
    }
    fn own_address(&self) -> String {
        "10.0.0.1".to_owned()
    }
    fn signature(&self, _: &KeySource, _: &SignedToken<'_>) -> Signature {
        Signature::Good
    }
    fn now(&self) -> u64 {
        1_700_000_000
    }
    fn take_token(&mut self, _: &str, _: u64) -> bool {
        true
    }
}

fuzz_target!(|text: &str| {
    let (points, plans) = &*MESH;
    match json_lines::<Request>(text, |_| Ok(())) {
        Ok(requests) => {
            for (request, point) in requests.iter().flat_map(|r| points.iter().map(move |point| (r, point))) {
                let _ = Decider::new(point).decide(request, &Surroundings::default());
            }
        }
        Err(bad) => assert!((1..=text.lines().count()).contains(&bad.line)),
    }
    let Ok(rows) = read_rows(text) else { return };
    for row in &rows {
        for proxy in plans.iter().map(Proxy::new) {
            // Where a row names no listener of the proxy, those that are there are tried.
            let mut arrival = row.arrival(0);
            let _ = visit(&proxy, &arrival, &mut World, &mut Choices::default(), true);
            for listener in &proxy.plan.listeners {
                arrival.listener.clone_from(&listener.name);
                let _ = visit(&proxy, &arrival, &mut World, &mut Choices::default(), true);
            }
        }
    }
});
