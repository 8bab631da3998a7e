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
    /// The host of a hash; further attempts of the same pick lead to other places.
    pub(crate) fn find(&self, hash: u64, attempt: u64) -> Option<usize> {
        match self {
            Self::Ring(ring) => {
                let at = ring.partition_point(|(h, _)| *h < hash).checked_rem(ring.len())?;
                let at = at.wrapping_add(attempt as usize).checked_rem(ring.len())?;
                ring.get(at).map(|(_, host)| *host)
            }
            Self::Maglev(table) => {
                let hash = if attempt > 0 { hash ^ (!0 - attempt + 1) } else { hash };
                table.get((hash.checked_rem(table.len() as u64)?) as usize).copied()
            }
        }
    }
}

/// `MurmurHash2` with the seed of libstdc++, after `source/common/common/hash.cc`, `murmurHash2`.
fn murmur(key: &[u8]) -> u64 {
    const MUL: u64 = 0xc6a4_a793_5bd1_e995;
    const SEED: u64 = 0xc70f_6907;
    let mix = |word: u64| {
        let word = word.wrapping_mul(MUL);
        (word ^ (word >> 47)).wrapping_mul(MUL)
    };
    let mut hash = SEED ^ (key.len() as u64).wrapping_mul(MUL);
    let mut words = key.chunks_exact(8);
    for word in &mut words {
        let word = word.iter().rev().fold(0, |w, byte| w << 8 | u64::from(*byte));
        hash = (hash ^ mix(word)).wrapping_mul(MUL);
    }
    if !words.remainder().is_empty() {
        let tail = words.remainder().iter().rev().fold(0, |w, byte| w << 8 | u64::from(*byte));
        hash = (hash ^ tail).wrapping_mul(MUL);
    }
    hash = (hash ^ (hash >> 47)).wrapping_mul(MUL);
    hash ^ (hash >> 47)
}

/// A ring, after `source/extensions/load_balancing_policies/ring_hash/ring_hash_lb.cc`, Ring::Ring.
pub(crate) fn ring(hosts: &[(String, f64)], least: u64, most: u64, with_murmur: bool) -> HashTable {
    let lightest = hosts.iter().map(|(_, weight)| *weight).fold(1.0, f64::min);
    let scale = ((lightest * least as f64).ceil() / lightest).min(most as f64);
    let mut ring = Vec::with_capacity(scale.ceil() as usize);
    let (mut current, mut target) = (0.0, 0.0);
    for (index, (key, weight)) in hosts.iter().enumerate() {
        target += scale * weight;
        let mut copy = 0_u64;
        while current < target {
            let entry = format!("{key}_{copy}");
            let hash = if with_murmur { murmur(entry.as_bytes()) } else { xxh64(entry.as_bytes(), 0) };
            ring.push((hash, index));
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

fn entries(hosts: &[(String, f64)], size: u64) -> Vec<Entry> {
    let entry = |(key, weight): &(String, f64)| Entry {
        offset: xxh64(key.as_bytes(), 0) % size,
        skip: xxh64(key.as_bytes(), 1) % (size - 1) + 1,
        weight: *weight,
        target: 0.0,
        next: 0,
    };
    hosts.iter().map(entry).collect()
}

/// A table, after `source/extensions/load_balancing_policies/maglev/maglev_lb.cc`, MaglevTable.
pub(crate) fn maglev(hosts: &[(String, f64)], size: u64) -> HashTable {
    let size = size.max(2);
    let heaviest = hosts.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
    let mut entries = entries(hosts, size);
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

#[cfg(test)]
mod tests {
    use super::murmur;

    #[test]
    fn murmur_is_the_hash_of_libstdcxx() {
        // test/common/common/hash_test.cc, murmurHash2
        assert_eq!(murmur(b"foo"), 9_631_199_822_919_835_226);
        assert_eq!(murmur(b"foo\nbar"), 16_306_510_975_912_980_159);
        assert_eq!(murmur(b"lyft"), 12_847_078_931_730_529_320);
    }
}
