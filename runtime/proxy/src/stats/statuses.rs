//! Responses by status.
use std::sync::{Mutex, PoisonError};

use super::Stat;

/// How many responses there were of each status; takes memory for those that there were.
#[derive(Debug, Default)]
pub(crate) struct Statuses(Mutex<Vec<(u16, u64)>>);

impl Statuses {
    /// Counts a response.
    pub(crate) fn add(&self, status: u16) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.binary_search_by_key(&status, |(status, _)| *status) {
            Ok(at) => {
                if let Some((_, count)) = all.get_mut(at) {
                    *count += 1;
                }
            }
            Err(at) => all.insert(at, (status, 1)),
        }
    }

    /// The counts of several sets together.
    pub(crate) fn together(sets: &[&Self]) -> Self {
        let mut sum: Vec<(u16, u64)> = Vec::new();
        for set in sets {
            for (status, count) in set.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                match sum.binary_search_by_key(status, |(status, _)| *status) {
                    Ok(at) => sum.iter_mut().skip(at).take(1).for_each(|(_, known)| *known += count),
                    Err(at) => sum.insert(at, (*status, *count)),
                }
            }
        }
        Self(Mutex::new(sum))
    }

    /// Lists `PREFIXupstream_rq_200`, `…2xx` and `…completed`, those that there were (`CodeStatsImpl::chargeBasicResponseStat`).
    pub(crate) fn list(&self, prefix: &str, into: &mut Vec<Stat>) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut classes: Vec<(u16, u64)> = Vec::new();
        for (status, count) in all.iter() {
            into.push(Stat::counter(format!("{prefix}upstream_rq_{status}"), *count));
            match classes.last_mut() {
                Some((class, sum)) if *class == status / 100 => *sum += count,
                _ => classes.push((status / 100, *count)),
            }
        }
        let known = classes.iter().filter(|(class, _)| (1..=5).contains(class));
        into.extend(known.map(|(class, sum)| Stat::counter(format!("{prefix}upstream_rq_{class}xx"), *sum)));
        if !all.is_empty() {
            let total = all.iter().map(|(_, count)| count).sum();
            into.push(Stat::counter(format!("{prefix}upstream_rq_completed"), total));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Value;

    #[test]
    fn statuses_count_by_themselves_by_class_and_all() {
        let (one, two) = (Statuses::default(), Statuses::default());
        [503, 200, 204, 200].iter().for_each(|status| one.add(*status));
        two.add(200);
        let mut stats = Vec::new();
        Statuses::together(&[&one, &two]).list("c.", &mut stats);
        let shown: Vec<_> = stats
            .iter()
            .map(|stat| match stat.value {
                Value::Counter(count) => {
                    format!("{} {count}", stat.name.trim_start_matches("c.upstream_rq_"))
                }
                _ => String::new(),
            })
            .collect();
        assert_eq!(shown, ["200 3", "204 1", "503 1", "2xx 4", "5xx 1", "completed 5"]);
    }
}
