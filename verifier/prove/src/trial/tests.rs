//! What requests show, beside what the solver finds.

use crate::ask::Subject;
use crate::engine::plain::support::{Dice, policies, side};
use crate::question::Truth;
use crate::scene::{Goal, Scene};

#[test]
fn the_solver_finds_what_requests_show() {
    let (mut shown, mut all) = (0, 0);
    for round in 0..60 {
        let text = policies(&mut Dice(round * 7_919 + 5));
        let (mesh, point) = side(&text);
        let lower = mp_lower::plan::security::enforcement_points;
        let mut scene = Scene::with_named_ports(&Subject { mesh: &mesh, point: &point, lower });
        for rule in scene.rules().iter() {
            for goal in [Goal::Nothing, Goal::Admitted, Goal::AdmittedAlone, Goal::RefusedAlone] {
                let trial = scene.shown(rule, goal);
                let found = scene.sought(rule, goal).unwrap().answer;
                if let Some(trial) = &trial {
                    assert_eq!(found, Truth::Violated, "{round}: {} {goal:?} {trial:?}\n{text}", rule.name);
                }
                shown += usize::from(trial.is_some());
                all += usize::from(found == Truth::Violated);
            }
        }
    }
    assert!(shown * 10 > all * 9, "requests show {shown} of {all}");
}
