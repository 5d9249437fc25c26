//! Prefix codes of a limited length, as DEFLATE (RFC 1951) numbers them.

/// Bits of the longest code, so that four of them and seven bits more fit 64 bits.
pub(super) const MAX_BITS: usize = 14;

/// A code for each symbol of an alphabet.
pub(super) struct PrefixCode {
    /// Bits of each symbol; 0 where it does not occur.
    pub(super) lengths: Vec<u8>,
    /// The bits, the first one lowest.
    pub(super) bits: Vec<u16>,
}

impl PrefixCode {
    /// The code with the fewest bits, or nearly so where `max_bits` binds. At least two symbols must occur.
    pub(super) fn of(counts: &[u32], max_bits: usize) -> Self {
        let lengths = lengths_of(counts, max_bits.min(MAX_BITS));
        let bits = bits_of(&lengths);
        Self { lengths, bits }
    }
}

/// Lengths by Huffman's method. Codes that are too long are cut, and others made longer until all fit.
fn lengths_of(counts: &[u32], max_bits: usize) -> Vec<u8> {
    let mut order: Vec<usize> = (0..counts.len()).filter(|&s| counts[s] > 0).collect();
    order.sort_by_key(|&symbol| (counts[symbol], symbol));
    let weights: Vec<u64> = order.iter().map(|&s| counts[s].into()).collect();
    let mut n_of = [0_usize; MAX_BITS + 1];
    for depth in depths(&weights) {
        n_of[depth.clamp(1, max_bits)] += 1;
    }
    fit(&mut n_of[..=max_bits]);
    let mut lengths = vec![0; counts.len()];
    // The rarest symbols get the longest codes.
    let longest_first = (1..=max_bits)
        .rev()
        .flat_map(|bits| (0..n_of[bits]).map(move |_| bits));
    for (symbol, bits) in order.into_iter().zip(longest_first) {
        lengths[symbol] = u8::try_from(bits).unwrap_or(0);
    }
    lengths
}

/// The depth of each leaf in the tree of least weight; `weights` ascend.
fn depths(weights: &[u64]) -> Vec<usize> {
    let n = weights.len();
    if n < 2 {
        return vec![1; n];
    }
    // Leaves, then nodes in the order in which they are made, which is that of their weights.
    let mut weight = weights.to_vec();
    let mut parent = vec![0; 2 * n - 1];
    let (mut leaf, mut node) = (0, n);
    for made in n..2 * n - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            let is_leaf = leaf < n && (node >= made || weight[leaf] <= weight[node]);
            let next = if is_leaf { &mut leaf } else { &mut node };
            sum += weight[*next];
            parent[*next] = made;
            *next += 1;
        }
        weight.push(sum);
    }
    let mut depth = vec![0; 2 * n - 1];
    for child in (0..2 * n - 2).rev() {
        depth[child] = depth[parent[child]] + 1;
    }
    depth.truncate(n);
    depth
}

/// Changes numbers of codes by length until the codes fill the tree exactly.
fn fit(n_of: &mut [usize]) {
    let max_bits = n_of.len() - 1;
    let whole = 1_usize << max_bits;
    let taken = |n_of: &[usize]| -> usize {
        (1..=max_bits)
            .map(|bits| n_of[bits] << (max_bits - bits))
            .sum()
    };
    while taken(n_of) > whole {
        // One leaf becomes a node with two: itself, and one of the longest codes, whose sibling moves up.
        let Some(bits) = (1..max_bits).rev().find(|&bits| n_of[bits] > 0) else {
            return;
        };
        n_of[max_bits] -= 1;
        n_of[bits] -= 1;
        n_of[bits + 1] += 2;
    }
}

/// The codes in the order that DEFLATE prescribes: shorter ones first, then by symbol.
fn bits_of(lengths: &[u8]) -> Vec<u16> {
    let mut next = [0_u16; MAX_BITS + 2];
    for bits in 1..=MAX_BITS {
        let n = lengths
            .iter()
            .filter(|&&length| usize::from(length) == bits)
            .count();
        next[bits + 1] = (next[bits] + u16::try_from(n).unwrap_or(0)) << 1;
    }
    let code = |&length: &u8| {
        if length == 0 {
            return 0;
        }
        let code = next[usize::from(length)];
        next[usize::from(length)] += 1;
        code.reverse_bits() >> (16 - u16::from(length))
    };
    lengths.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum of 2^-length, in units of 2^-14.
    fn taken(lengths: &[u8]) -> u32 {
        let used = lengths.iter().filter(|&&length| length > 0);
        used.map(|&length| 1 << (MAX_BITS - usize::from(length)))
            .sum()
    }

    #[test]
    fn lengths_are_those_of_the_textbook() {
        // Huffman's tree by hand: 1 + 1, 2 + 2, 4 + 4.
        assert_eq!(lengths_of(&[4, 0, 2, 1, 1], 14), [1, 0, 2, 3, 3]);
        assert_eq!(bits_of(&[1, 0, 2, 3, 3]), [0b0, 0, 0b01, 0b011, 0b111]);
    }

    #[test]
    fn codes_of_any_counts_fill_the_tree_within_the_limit() {
        // Fibonacci numbers make the deepest trees.
        let mut fibonacci = vec![1_u32, 1];
        while fibonacci.len() < 40 {
            fibonacci.push(fibonacci[fibonacci.len() - 2..].iter().sum());
        }
        let powers: Vec<u32> = (0..286).map(|i| 1 << (i % 20)).collect();
        let flat = vec![7; 286];
        for counts in [
            &fibonacci[..],
            &fibonacci[..19],
            &powers,
            &flat,
            &[1, 1 << 30],
        ] {
            for max_bits in [7, 9, 14] {
                if counts.len() > 1 << max_bits {
                    continue;
                }
                let lengths = lengths_of(counts, max_bits);
                assert!(
                    lengths
                        .iter()
                        .all(|&l| (1..=max_bits).contains(&usize::from(l)))
                );
                assert_eq!(taken(&lengths), 1 << MAX_BITS, "{max_bits}: {lengths:?}");
            }
        }
    }
}
