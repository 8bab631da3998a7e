//! How load is spread over priorities, after `source/extensions/load_balancing_policies/common/load_balancer_impl.cc`,
//! `recalculatePerPriorityState` and `recalculatePerPriorityPanic`.

/// The hosts of one priority, counted or weighed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Level {
    /// All of them.
    pub(super) total: u64,
    /// Those that are healthy.
    pub(super) healthy: u64,
    /// Those that are used when healthy ones do not suffice.
    pub(super) degraded: u64,
    /// Number of hosts.
    pub(super) hosts: u64,
    /// Number of hosts that are healthy or degraded.
    pub(super) usable: u64,
}

/// The result: shares in percent, and which priorities use all of their hosts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Loads {
    /// Share of the healthy hosts of each priority.
    pub(super) healthy: Vec<u64>,
    /// Share of the degraded hosts of each priority.
    pub(super) degraded: Vec<u64>,
    /// Whether a priority is in panic.
    pub(super) panic: Vec<bool>,
}

/// Spreads 100 percent. `excluded` priorities were tried before and count as unavailable.
pub(super) fn loads(levels: &[Level], factor: u64, threshold: f64, excluded: &[usize]) -> Loads {
    let availability = |part: fn(&Level) -> u64| -> Vec<u64> {
        let of = |(index, level): (usize, &Level)| match level.total {
            _ if excluded.contains(&index) => 0,
            total => (factor.saturating_mul(part(level))).checked_div(total).unwrap_or(0).min(100),
        };
        levels.iter().enumerate().map(of).collect()
    };
    let (healthy, degraded) = (availability(|l| l.healthy), availability(|l| l.degraded));
    let total = (healthy.iter().sum::<u64>() + degraded.iter().sum::<u64>()).min(100);
    let mut out = Loads {
        healthy: vec![0; levels.len()],
        degraded: vec![0; levels.len()],
        panic: vec![false; levels.len()],
    };
    if total > 0 {
        let left = spread(&healthy, 100, total, &mut out.healthy);
        let left = spread(&degraded, left, total, &mut out.degraded);
        // Rounding errors go to the first priority that is available at all.
        let first = |list: &[u64]| list.iter().position(|a| *a > 0);
        if let Some(load) = first(&healthy).and_then(|at| out.healthy.get_mut(at)) {
            *load += left;
        } else if let Some(load) = first(&degraded).and_then(|at| out.degraded.get_mut(at)) {
            *load += left;
        }
    }
    panic(levels, total, threshold, &mut out);
    out
}

fn spread(availability: &[u64], mut load: u64, total: u64, into: &mut [u64]) -> u64 {
    for (slot, available) in into.iter_mut().zip(availability) {
        *slot = (available * 100).checked_div(total).unwrap_or(0).min(load);
        load -= *slot;
    }
    load
}

fn panic(levels: &[Level], total: u64, threshold: f64, out: &mut Loads) {
    if threshold == 0.0 && total == 0 {
        if let Some(first) = out.healthy.first_mut() {
            *first = 100;
        }
        return;
    }
    for (flag, level) in out.panic.iter_mut().zip(levels) {
        let share = if level.hosts == 0 { 0.0 } else { 100.0 * level.usable as f64 / level.hosts as f64 };
        *flag = total != 100 && share < threshold.min(100.0);
    }
    if out.panic.iter().all(|p| *p) {
        total_panic(levels, out);
    }
}

/// Every priority is in panic: load follows the number of hosts, whatever their health.
fn total_panic(levels: &[Level], out: &mut Loads) {
    let hosts: u64 = levels.iter().map(|l| l.hosts).sum();
    let mut left = 100;
    for ((slot, degraded), level) in out.healthy.iter_mut().zip(&mut out.degraded).zip(levels) {
        *slot = (100 * level.hosts).checked_div(hosts).unwrap_or(0);
        *degraded = 0;
        left -= *slot;
    }
    let first = levels.iter().position(|l| l.hosts > 0).unwrap_or(0);
    if let Some(load) = out.healthy.get_mut(first) {
        *load += left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(healthy: u64, degraded: u64, total: u64) -> Level {
        Level { total, healthy, degraded, hosts: total, usable: healthy + degraded }
    }

    #[test]
    fn the_tables_of_the_documentation() {
        // docs/root/intro/arch_overview/upstream/load_balancing/{priority,degraded,panic_threshold}
        for (levels, healthy, degraded) in [
            (vec![level(100, 0, 100), level(100, 0, 100)], vec![100, 0], vec![0, 0]),
            (vec![level(71, 0, 100), level(100, 0, 100)], vec![99, 1], vec![0, 0]),
            (vec![level(25, 0, 100), level(65, 0, 100)], vec![35, 65], vec![0, 0]),
            (vec![level(0, 0, 100), level(25, 0, 100)], vec![0, 100], vec![0, 0]),
            (vec![level(5, 0, 100), level(5, 0, 100)], vec![50, 50], vec![0, 0]),
            (vec![level(25, 0, 100), level(25, 0, 100), level(20, 0, 100)], vec![37, 35, 28], vec![0, 0, 0]),
            (vec![level(25, 0, 100), level(25, 0, 100), level(25, 0, 100)], vec![35, 35, 30], vec![0, 0, 0]),
            (vec![level(50, 50, 100)], vec![70], vec![30]),
        ] {
            let loads = loads(&levels, 140, 0.0, &[]);
            assert_eq!((loads.healthy, loads.degraded), (healthy, degraded), "{levels:?}");
        }
    }

    #[test]
    fn panic_uses_every_host() {
        let one = loads(&[level(1, 0, 4)], 140, 50.0, &[]);
        assert_eq!((one.panic, one.healthy), (vec![true], vec![100]));
        let two = loads(&[level(1, 0, 4), level(4, 0, 4)], 140, 50.0, &[]);
        assert_eq!(two.panic, [false, false]);
        let all = loads(&[level(0, 0, 1), level(0, 0, 3)], 140, 50.0, &[]);
        assert_eq!((all.panic, all.healthy), (vec![true, true], vec![25, 75]));
        let none = loads(&[level(0, 0, 3)], 140, 0.0, &[]);
        assert_eq!((none.panic, none.healthy), (vec![false], vec![100]));
        assert_eq!(loads(&[level(4, 0, 4), level(4, 0, 4)], 140, 50.0, &[0]).healthy, [0, 100]);
    }
}
