//! Consistent hashing: ketama rings and Maglev tables, host for host as Envoy builds them.
use xxhash_rust::xxh64::xxh64;

/// Where hashes lead.
#[derive(Debug)]
pub(crate) enum HashTable {
    /// Sorted hashes with host indices.
    Ring(Vec<(u64, usize)>),
    /// Host indices.
    Maglev(Vec<usize>),
}

impl HashTable {
    /// The host of a hash.
    pub(crate) fn find(&self, hash: u64) -> Option<usize> {
        match self {
            Self::Ring(ring) => {
                let at = ring.partition_point(|(h, _)| *h < hash);
                ring.get(at).or_else(|| ring.first()).map(|(_, host)| *host)
            }
            Self::Maglev(table) => table.get((hash.checked_rem(table.len() as u64)?) as usize).copied(),
        }
    }
}

fn normalized(hosts: &[(String, u64)]) -> Vec<f64> {
    let total: u64 = hosts.iter().map(|(_, weight)| weight).sum();
    hosts.iter().map(|(_, weight)| *weight as f64 / total.max(1) as f64).collect()
}

/// A ring, after `source/extensions/load_balancing_policies/ring_hash/ring_hash_lb.cc`, Ring::Ring.
pub(crate) fn ring(hosts: &[(String, u64)], least: u64, most: u64) -> HashTable {
    let weights = normalized(hosts);
    let lightest = weights.iter().copied().fold(1.0, f64::min);
    let scale = ((lightest * least as f64).ceil() / lightest).min(most as f64);
    let mut ring = Vec::with_capacity(scale.ceil() as usize);
    let (mut current, mut target) = (0.0, 0.0);
    for (index, ((key, _), weight)) in hosts.iter().zip(&weights).enumerate() {
        target += scale * weight;
        let mut copy = 0_u64;
        while current < target {
            ring.push((xxh64(format!("{key}_{copy}").as_bytes(), 0), index));
            copy += 1;
            current += 1.0;
        }
    }
    ring.sort_by_key(|(hash, _)| *hash);
    HashTable::Ring(ring)
}

/// A host on its walk over a table.
struct Entry {
    offset: u64,
    skip: u64,
    weight: f64,
    target: f64,
    next: u64,
}

fn entries(hosts: &[(String, u64)], weights: &[f64], size: u64) -> Vec<Entry> {
    let entry = |((key, _), weight): (&(String, u64), &f64)| Entry {
        offset: xxh64(key.as_bytes(), 0) % size,
        skip: xxh64(key.as_bytes(), 1) % (size - 1) + 1,
        weight: *weight,
        target: 0.0,
        next: 0,
    };
    hosts.iter().zip(weights).map(entry).collect()
}

/// A table, after `source/extensions/load_balancing_policies/maglev/maglev_lb.cc`, MaglevTable.
pub(crate) fn maglev(hosts: &[(String, u64)], size: u64) -> HashTable {
    let size = size.max(2);
    let weights = normalized(hosts);
    let heaviest = weights.iter().copied().fold(0.0, f64::max);
    let mut entries = entries(hosts, &weights, size);
    let mut table = vec![usize::MAX; size as usize];
    let mut filled = 0;
    let mut iteration = 1.0;
    while filled < size && !entries.is_empty() {
        for (index, entry) in entries.iter_mut().enumerate() {
            if filled == size {
                break;
            }
            if iteration * entry.weight < entry.target {
                continue;
            }
            entry.target += heaviest;
            // The skip has no common divisor with a prime size, so a free slot is found.
            for _ in 0..size {
                let at = (entry.offset + entry.skip * entry.next) % size;
                entry.next += 1;
                if let Some(slot) = table.get_mut(at as usize).filter(|slot| **slot == usize::MAX) {
                    *slot = index;
                    filled += 1;
                    break;
                }
            }
        }
        iteration += 1.0;
    }
    HashTable::Maglev(table)
}
