//! Types of stored numbers, and what is counted in many of them at a time.

/// Types of stored numbers.
pub(crate) trait Number: Copy + PartialOrd {
    /// Whether it has NaN.
    const HAS_NAN: bool;
    /// The least value.
    const LEAST: Self;
    /// The largest value.
    const LARGEST: Self;
    /// Whether it is NaN.
    fn is_nan(self) -> bool;
    /// The number as a double.
    fn value(self) -> f64;
    /// A code in this type; `None` where none is equal to it.
    fn of_code(code: f64) -> Option<Self>;
    /// The least and the largest value inside a range.
    fn bounds(range: [f64; 2]) -> [Self; 2];
}

macro_rules! integers {
    ($($number:ty),*) => {$(
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
        impl Number for $number {
            const HAS_NAN: bool = false;
            const LEAST: Self = Self::MIN;
            const LARGEST: Self = Self::MAX;
            fn is_nan(self) -> bool {
                false
            }
            fn value(self) -> f64 {
                f64::from(self)
            }
            fn of_code(code: f64) -> Option<Self> {
                let own = code as Self;
                (f64::from(own) == code).then_some(own)
            }
            fn bounds([low, high]: [f64; 2]) -> [Self; 2] {
                [low.ceil() as Self, high.floor() as Self]
            }
        }
    )*};
}

integers!(u8, i16, u16);

macro_rules! floats {
    ($($number:ty),*) => {$(
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless, reason = "the nearest float is what is stored")]
        impl Number for $number {
            const HAS_NAN: bool = true;
            const LEAST: Self = Self::NEG_INFINITY;
            const LARGEST: Self = Self::INFINITY;
            fn is_nan(self) -> bool {
                Self::is_nan(self)
            }
            fn value(self) -> f64 {
                f64::from(self)
            }
            fn of_code(code: f64) -> Option<Self> {
                Some(code as Self).filter(|code| !code.is_nan())
            }
            fn bounds([low, high]: [f64; 2]) -> [Self; 2] {
                [low as Self, high as Self]
            }
        }
    )*};
}

floats!(f32, f64);

/// Numbers that are compared at a time, so that the compiler uses vector instructions.
const LANES: usize = 64;

/// How often a condition holds.
pub(crate) fn occurrences<T: Number>(block: &[T], is: impl Fn(T) -> bool) -> u32 {
    let mut counts = [0_u32; LANES];
    let lines = block.chunks_exact(LANES);
    let rest: u32 = lines.remainder().iter().map(|&x| u32::from(is(x))).sum();
    for line in lines {
        for (count, &x) in counts.iter_mut().zip(line) {
            *count += u32::from(is(x));
        }
    }
    rest + counts.iter().sum::<u32>()
}

/// The least and the largest number; NaN counts as neither.
pub(crate) fn extremes<T: Number>(block: &[T]) -> [T; 2] {
    let smaller = |x: T, y: T| if x < y { x } else { y };
    let larger = |x: T, y: T| if x > y { x } else { y };
    let (mut least, mut most) = ([T::LARGEST; LANES], [T::LEAST; LANES]);
    let lines = block.chunks_exact(LANES);
    for &x in lines.remainder() {
        (least[0], most[0]) = (smaller(x, least[0]), larger(x, most[0]));
    }
    for line in lines {
        for ((least, most), &x) in least.iter_mut().zip(&mut most).zip(line) {
            (*least, *most) = (smaller(x, *least), larger(x, *most));
        }
    }
    let of = |lanes: [T; LANES], pick: fn(T, T) -> T| lanes.into_iter().reduce(pick);
    [
        of(least, smaller).unwrap_or(T::LARGEST),
        of(most, larger).unwrap_or(T::LEAST),
    ]
}
