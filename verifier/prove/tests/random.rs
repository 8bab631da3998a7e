//! Random pairs of policies: what the prover claims must survive thousands of random requests.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "functions of tests may fail as tests do"
)]

mod generator;

use generator::{Dice, policies, request, side};
use mp_eval::{Surroundings, decide};
use mp_ir::plan::EnforcementPoint;
use mp_prove::{Kind, Subject, Truth, ask};

/// No random request contradicts that new admits nothing that old refuses.
fn survives(old: &EnforcementPoint, new: &EnforcementPoint, dice: &mut Dice) -> Result<(), String> {
    let around = Surroundings::default();
    for _ in 0..400 {
        let request = request(dice);
        // A token that one side alone knows is outside of the request space of the other.
        let comparable = request.jwt.is_none() || old.http.jwt == new.http.jwt;
        let admitted = |point: &EnforcementPoint| decide(point, &request, &around).admitted();
        if comparable && admitted(new) && !admitted(old) {
            return Err(serde_json::to_string(&request).unwrap());
        }
    }
    Ok(())
}

#[test]
fn claims_survive_random_requests() {
    let mut dice = Dice(20_261_121);
    let (mut held, mut refuted) = (0, 0);
    for round in 0..60 {
        let (old_text, mut new_text) = (policies(&mut dice), policies(&mut dice));
        if dice.roll(2) == 0 {
            // Half of the pairs are near misses of each other.
            new_text = format!("{old_text}{}", new_text.replace("name: p", "name: q"));
        }
        let (old, new) = (side(&old_text), side(&new_text));
        let lower = mp_lower::plan::security::enforcement_points;
        let subjects = [&old, &new].map(|(mesh, point)| Subject { mesh, point, lower });
        let answer = ask(&Kind::NoNewAccess, &subjects);
        let result = match answer.as_ref().map(|a| a.answer) {
            Ok(Truth::Violated) => {
                refuted += 1;
                Ok(())
            }
            Ok(Truth::Holds) => {
                held += 1;
                survives(&old.1, &new.1, &mut dice)
            }
            other => Err(format!("{other:?}")),
        };
        assert_eq!(result, Ok(()), "{round}:\n{old_text}\n=====\n{new_text}");
    }
    assert!(held > 10 && refuted > 10, "{held} held, {refuted} refuted: the generator is one-sided");
}
