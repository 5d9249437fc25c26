//! DEFLATE (RFC 1951) in zlib's wrapper (RFC 1950), for numbers after a predictor.
//!
//! Such bytes hardly repeat but for runs of one byte. So the only matches are runs, at distance one, and all else is
//! the lengths of codes: the size is that of a fast search for matches, for a fraction of its time. Any reader of
//! DEFLATE reads it.

use crate::sinks::huffman::{MAX_BITS, PrefixCode};

/// Bytes that share their codes.
const PART: usize = 128 << 10;
/// Bytes of the longest match.
const MAX_MATCH: usize = 258;
/// Shorter runs are not worth a match: their literals are short.
const MIN_RUN: usize = 7;
/// The symbol that ends a part.
const END: usize = 256;
/// Literals, the end, lengths of matches.
const N_SYMBOLS: usize = 286;
/// The longest code of a length of a code.
const MAX_LENGTH_BITS: usize = 7;
/// The order in which the lengths of the codes of lengths are stored.
const LENGTH_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// Compresses `bytes` into `out`, whose contents are replaced.
pub(super) fn compress(bytes: &[u8], out: &mut Vec<u8>) {
    out.clear();
    // Deflate with windows of 32 KiB; the fastest level.
    out.extend_from_slice(&[0x78, 0x01]);
    let mut bits = Bits { held: 0, n: 0 };
    let mut parts = bytes.chunks(PART).peekable();
    if parts.peek().is_none() {
        put_part(&[], true, &mut bits, out);
    }
    while let Some(part) = parts.next() {
        put_part(part, parts.peek().is_none(), &mut bits, out);
    }
    bits.finish(out);
    out.extend_from_slice(&adler32(bytes).to_be_bytes());
}

/// Bits that are not yet whole bytes; the first one lowest.
struct Bits {
    held: u64,
    /// Number of them; below 8 after each [`Bits::flush`].
    n: u32,
}

impl Bits {
    /// Adds the low `n` bits of `bits`; at most 56 in all between two flushes.
    fn put(&mut self, bits: u64, n: u32) {
        self.held |= bits << self.n;
        self.n += n;
    }

    /// Moves whole bytes to the eight at `at`, and gives the place of the next one.
    fn flush(&mut self, room: &mut [u8], at: usize) -> usize {
        if let Some(room) = room.get_mut(at..at + 8) {
            room.copy_from_slice(&self.held.to_le_bytes());
        }
        let whole = self.n / 8;
        self.held >>= 8 * whole;
        self.n %= 8;
        at + whole as usize
    }

    /// Fills up the last byte.
    fn finish(&mut self, out: &mut Vec<u8>) {
        let n_bytes = self.n.div_ceil(8) as usize;
        out.extend_from_slice(&self.held.to_le_bytes()[..n_bytes]);
        (self.held, self.n) = (0, 0);
    }
}

/// A run of one byte after a first one, which is a literal.
struct Run {
    start: usize,
    length: usize,
}

/// Codes one part.
fn put_part(part: &[u8], is_last: bool, bits: &mut Bits, out: &mut Vec<u8>) {
    let runs = runs_of(part);
    let counts = counts_of(part, &runs);
    let code = PrefixCode::of(&counts, MAX_BITS);
    let n_symbols = code.lengths.iter().rposition(|&length| length > 0);
    let n_symbols = n_symbols.map_or(END + 1, |last| last + 1);
    let start = out.len();
    out.resize(start + most_bytes(&counts, &code), 0);
    let mut at = put_codes(&code, n_symbols, is_last, bits, &mut out[start..]);
    let table: Vec<(u32, u32)> = code
        .bits
        .iter()
        .zip(&code.lengths)
        .map(|(&bits, &length)| (bits.into(), length.into()))
        .collect();
    let mut done = 0;
    for run in runs {
        at = put_literals(&part[done..run.start], &table, bits, &mut out[start..], at);
        for length in matches(run.length) {
            let (symbol, extra, n_extra) = symbol_of(length);
            let (code, n) = table[symbol];
            bits.put(code.into(), n);
            bits.put(extra, n_extra);
            // The code of distance one is the only one: a zero.
            bits.put(0, 1);
            at = bits.flush(&mut out[start..], at);
        }
        done = run.start + run.length;
    }
    at = put_literals(&part[done..], &table, bits, &mut out[start..], at);
    let (code, n) = table[END];
    bits.put(code.into(), n);
    at = bits.flush(&mut out[start..], at);
    out.truncate(start + at);
}

/// Bytes that a part takes at most. Eight are written at a time.
fn most_bytes(counts: &[u32], code: &PrefixCode) -> usize {
    const HEAD: usize = 8 * 512;
    let n_bits = counts.iter().zip(&code.lengths).enumerate();
    let n_bits = n_bits.map(|(symbol, (&count, &length))| {
        // A match has up to five extra bits, and one for its distance.
        let beside = if symbol > END { 6 } else { 0 };
        count as usize * (usize::from(length) + beside)
    });
    (HEAD + n_bits.sum::<usize>()) / 8 + 16
}

/// Writes literals from `at` on, and gives the end.
fn put_literals(
    literals: &[u8],
    table: &[(u32, u32)],
    bits: &mut Bits,
    room: &mut [u8],
    mut at: usize,
) -> usize {
    // A slice of a known length needs no check of the place.
    let Some(table) = table.first_chunk::<256>() else {
        return at;
    };
    let fours = literals.chunks_exact(4);
    let rest = fours.remainder();
    for four in fours {
        for &literal in four {
            let (code, n) = table[usize::from(literal)];
            bits.put(code.into(), n);
        }
        at = bits.flush(room, at);
    }
    for &literal in rest {
        let (code, n) = table[usize::from(literal)];
        bits.put(code.into(), n);
    }
    bits.flush(room, at)
}

/// The head of a part: the lengths of all codes, one after the other.
fn put_codes(
    code: &PrefixCode,
    n_symbols: usize,
    is_last: bool,
    bits: &mut Bits,
    room: &mut [u8],
) -> usize {
    // The only code of a distance has one bit.
    let lengths = code.lengths[..n_symbols].iter().chain([&1]);
    let mut counts = [0; LENGTH_ORDER.len()];
    for &length in lengths.clone() {
        counts[usize::from(length)] += 1;
    }
    let of_lengths = PrefixCode::of(&counts, MAX_LENGTH_BITS);
    bits.put(u64::from(is_last), 1);
    // Codes of its own.
    bits.put(2, 2);
    bits.put((n_symbols - 257) as u64, 5);
    bits.put(0, 5);
    bits.put(LENGTH_ORDER.len() as u64 - 4, 4);
    let mut at = bits.flush(room, 0);
    for symbol in LENGTH_ORDER {
        bits.put(of_lengths.lengths[symbol].into(), 3);
        at = bits.flush(room, at);
    }
    for &length in lengths {
        let symbol = usize::from(length);
        bits.put(
            of_lengths.bits[symbol].into(),
            of_lengths.lengths[symbol].into(),
        );
        at = bits.flush(room, at);
    }
    at
}

/// The runs of a part that are worth a match. Four bytes are looked at a time.
fn runs_of(part: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut end = 0;
    let (fours, _) = part.as_chunks::<4>();
    for (index, &four) in fours.iter().enumerate() {
        let (at, word) = (4 * index, u32::from_le_bytes(four));
        if word != word.rotate_left(8) || at < end {
            continue;
        }
        let byte = four[0];
        let before = part[end..at].iter().rev().take_while(|&&b| b == byte);
        let start = at - before.count();
        let after = part[at..].iter().take_while(|&&b| b == byte);
        let stop = at + after.count();
        if stop - start >= MIN_RUN {
            // The first one is a literal, and what is too short for another match.
            let length: usize = matches(stop - start - 1).sum();
            runs.push(Run {
                start: start + 1,
                length,
            });
        }
        end = stop;
    }
    runs
}

/// The lengths of the matches of a run of `length` bytes; up to two bytes may be left.
fn matches(length: usize) -> impl Iterator<Item = usize> {
    let whole = std::iter::repeat_n(MAX_MATCH, length / MAX_MATCH);
    whole.chain(Some(length % MAX_MATCH).filter(|&rest| rest >= 3))
}

/// The symbol of a match, with its extra bits and their number.
fn symbol_of(length: usize) -> (usize, u64, u32) {
    let beyond = length - 3;
    if length == MAX_MATCH {
        (285, 0, 0)
    } else if beyond < 8 {
        (257 + beyond, 0, 0)
    } else {
        let n_extra = beyond.ilog2() - 2;
        let symbol = 257 + 4 * n_extra as usize + (beyond >> n_extra);
        (symbol, (beyond & ((1 << n_extra) - 1)) as u64, n_extra)
    }
}

/// How often each symbol occurs.
fn counts_of(part: &[u8], runs: &[Run]) -> [u32; N_SYMBOLS] {
    // Neighbours are counted apart: to count the same byte twice in a row would wait for memory.
    let mut apart = [[0_u32; 256]; 4];
    let mut count = |literals: &[u8]| {
        let fours = literals.chunks_exact(4);
        for &literal in fours.remainder() {
            apart[0][usize::from(literal)] += 1;
        }
        for four in fours {
            for (counts, &literal) in apart.iter_mut().zip(four) {
                counts[usize::from(literal)] += 1;
            }
        }
    };
    let mut counts = [0; N_SYMBOLS];
    let mut done = 0;
    for run in runs {
        count(&part[done..run.start]);
        done = run.start + run.length;
    }
    count(&part[done..]);
    for (symbol, total) in counts.iter_mut().enumerate().take(256) {
        *total = apart.iter().map(|counts| counts[symbol]).sum();
    }
    for length in runs.iter().flat_map(|run| matches(run.length)) {
        counts[symbol_of(length).0] += 1;
    }
    counts[END] = 1;
    // A code of one symbol alone is no code.
    if counts.iter().filter(|&&count| count > 0).count() == 1 {
        counts[0] = 1;
    }
    counts
}

/// The checksum of zlib.
fn adler32(bytes: &[u8]) -> u32 {
    const BASE: u32 = 65_521;
    /// So many bytes that no sum passes 32 bits.
    const STEP: usize = 4096;
    const LANES: usize = 16;
    const N_LANES: u32 = 16;
    let (mut low, mut high) = (1_u32, 0_u32);
    for step in bytes.chunks(STEP) {
        let (mut sums, mut sums_of_sums) = ([0_u32; LANES], [0_u32; LANES]);
        let rows = step.chunks_exact(LANES);
        let rest = rows.remainder();
        let n_rows = u32::try_from(rows.len()).unwrap_or(0);
        for row in rows {
            for lane in 0..LANES {
                sums_of_sums[lane] += sums[lane];
                sums[lane] += u32::from(row[lane]);
            }
        }
        high = (high + n_rows * N_LANES % BASE * low) % BASE;
        for lane in 0..LANES {
            let behind = N_LANES - u32::try_from(lane).unwrap_or(0);
            let inside = N_LANES * (sums_of_sums[lane] % BASE) + behind * (sums[lane] % BASE);
            high = (high + inside) % BASE;
            low = (low + sums[lane]) % BASE;
        }
        for &byte in rest {
            low = (low + u32::from(byte)) % BASE;
            high = (high + low) % BASE;
        }
    }
    high << 16 | low
}
