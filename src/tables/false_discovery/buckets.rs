//! Buckets of p of nearly equal ratio, down to the smallest number above 0.

/// Bits of the mantissa below those that number a bucket.
const FINE_BITS: u32 = 9;
/// Buckets of one power of two.
pub(super) const BUCKETS: usize = 1 << 14;
/// Values of one bucket.
pub(super) const FINE: usize = 1 << FINE_BITS;
/// Powers of two in 0..=1: those of normal numbers, from 2^-126 on, behind those of subnormal ones, from 2^-149 on.
pub(super) const EXPONENTS: usize = 151;
/// Bits of the fraction of a number.
const FRACTION_BITS: u32 = 23;

/// Some neighbouring p.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) n: u64,
    pub(super) least: f32,
    pub(super) most: f32,
}

pub(super) const EMPTY: Bucket = Bucket {
    n: 0,
    least: f32::INFINITY,
    most: f32::NEG_INFINITY,
};

/// The bits of a p between 0 and 1, 0 for 0 alone; none for a missing one. They are those of a float with an exponent wide
/// enough for every p to be a normal number: steps of one bit are of nearly the same ratio everywhere.
pub(super) fn bits_of(p: f32) -> Option<u32> {
    (!p.is_nan()).then(|| {
        let bits = p.clamp(0.0, 1.0).abs().to_bits();
        match bits.checked_ilog2() {
            None => 0,
            Some(highest) if highest < FRACTION_BITS => {
                let shift = FRACTION_BITS - highest;
                // Adding the leading bit makes the exponent one larger.
                (highest << FRACTION_BITS) + (bits << shift)
            }
            Some(_) => bits + (FRACTION_BITS << FRACTION_BITS),
        }
    })
}

/// The p of such bits.
pub(super) fn p_of(bits: u32) -> f32 {
    let exponent = bits >> FRACTION_BITS;
    if exponent > FRACTION_BITS {
        return f32::from_bits(bits - (FRACTION_BITS << FRACTION_BITS));
    }
    let Some(highest) = exponent.checked_sub(1) else {
        return 0.0;
    };
    let whole = (1 << FRACTION_BITS) | (bits & ((1 << FRACTION_BITS) - 1));
    f32::from_bits(whole >> (FRACTION_BITS - highest))
}

pub(super) fn bucket_of(bits: u32) -> u32 {
    bits >> FINE_BITS
}

pub(super) fn value_of(bucket: u32, index: usize) -> f32 {
    p_of((bucket << FINE_BITS) | u32::try_from(index).unwrap_or(0))
}

/// Power of two of a bucket, and its index within it.
pub(super) fn power_and_index(bucket: u32) -> (usize, usize) {
    (bucket as usize / BUCKETS, bucket as usize % BUCKETS)
}
