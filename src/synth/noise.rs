//! Random numbers without state: every value is a hash of a seed, a stream and a place, so that
//! any pixel can be made on its own, in any order and in any tile.

/// Cosine and sine of the turn between octaves (3-4-5 triangle), which keeps the lattices of
/// different octaves from lining up.
const TURN: [f64; 2] = [0.8, 0.6];
/// Standard deviation of one octave of value noise with lattice values uniform on -1..1.
const OCTAVE_SD: f64 = 0.42;

/// A source of hashed numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    seed: u64,
}

/// Mixes all bits (the finaliser of splitmix64).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Weight of the far lattice line at `t` in 0..1; first and second derivative vanish at the ends.
fn ease(t: f64) -> f64 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed: mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)),
        }
    }

    /// 64 random bits for a place in a stream.
    #[expect(
        clippy::cast_sign_loss,
        reason = "negative places wrap to other places"
    )]
    pub(super) fn bits(self, stream: u32, x: i64, y: i64) -> u64 {
        let place = (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (y as u64).rotate_left(32);
        mix(mix(place ^ self.seed)
            .wrapping_add(u64::from(stream).wrapping_mul(0xd1b5_4a32_d192_ed03)))
    }

    /// Uniform on 0..1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
    pub(super) fn uniform(self, stream: u32, x: i64, y: i64) -> f64 {
        (self.bits(stream, x, y) >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Nearly normal with mean 0 and standard deviation 1: the sum of four uniforms, so that the
    /// largest is 3.5. Only sums and products, hence the same on every machine.
    #[expect(clippy::cast_possible_truncation, reason = "sixteen bits at a time")]
    pub(super) fn normal(self, stream: u32, x: i64, y: i64) -> f64 {
        let bits = self.bits(stream, x, y);
        let sum: u32 = [0, 16, 32, 48]
            .iter()
            .map(|shift| u32::from((bits >> shift) as u16))
            .sum();
        (f64::from(sum) / 65_535.0 - 2.0) * 1.732_050_807_568_877_2
    }

    /// One octave of value noise on -1..1.
    #[expect(clippy::cast_possible_truncation, reason = "lattice places are small")]
    fn octave(self, stream: u32, x: f64, y: f64) -> f64 {
        let (x0, y0) = (x.floor(), y.floor());
        let (u, v) = (ease(x - x0), ease(y - y0));
        let (col, row) = (x0 as i64, y0 as i64);
        let corner = |dx, dy| self.uniform(stream, col + dx, row + dy);
        let north = corner(0, 0) + u * (corner(1, 0) - corner(0, 0));
        let south = corner(0, 1) + u * (corner(1, 1) - corner(0, 1));
        2.0 * (north + v * (south - north)) - 1.0
    }

    /// `place` on the lattice of a stream, which is turned and shifted so that no two streams have
    /// their extremes at the same places.
    fn turned(self, stream: u32, [x, y]: [f64; 2]) -> [f64; 2] {
        let draw = |k| self.uniform(stream, k, -77);
        // Half-angle form: a point of the circle from sums and quotients alone.
        let t = 2.0 * draw(0) - 1.0;
        let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        [
            cos * x - sin * y + 64.0 * draw(1),
            sin * x + cos * y + 64.0 * draw(2),
        ]
    }

    /// Value noise of several octaves with mean 0 and standard deviation about 1.
    ///
    /// `place` is in units of the longest wave; every octave is twice as fine and half as strong.
    pub(super) fn waves(self, stream: u32, place: [f64; 2], n_octaves: u32) -> f64 {
        let [mut x, mut y] = self.turned(stream, place);
        let (mut sum, mut power, mut gain) = (0.0, 0.0, 1.0);
        for octave in 0..n_octaves {
            sum += gain * self.octave(stream.wrapping_add(octave << 16), x, y);
            power += gain * gain;
            gain *= 0.5;
            let [cos, sin] = TURN;
            (x, y) = (
                2.0 * (cos * x - sin * y) + 5.3,
                2.0 * (sin * x + cos * y) + 1.7,
            );
        }
        sum / (OCTAVE_SD * f64::sqrt(power))
    }

    /// The nearest of points scattered one to a cell of a square lattice: its cell's random bits
    /// and the distance to it, in cells.
    #[expect(clippy::cast_possible_truncation, reason = "lattice places are small")]
    #[expect(clippy::cast_precision_loss, reason = "lattice places are small")]
    pub(super) fn nearest_point(self, stream: u32, [x, y]: [f64; 2]) -> (u64, f64) {
        let (col, row) = (x.floor() as i64, y.floor() as i64);
        let mut nearest = (0, f64::INFINITY);
        for cell in 0..9 {
            let (cx, cy) = (col + cell % 3 - 1, row + cell / 3 - 1);
            let px = cx as f64 + self.uniform(stream, cx, cy);
            let py = cy as f64 + self.uniform(stream.wrapping_add(1 << 16), cx, cy);
            let distance = ((px - x) * (px - x) + (py - y) * (py - y)).sqrt();
            if distance < nearest.1 {
                nearest = (self.bits(stream.wrapping_add(2 << 16), cx, cy), distance);
            }
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::cast_precision_loss, reason = "values are few")]
    fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
        let values: Vec<f64> = values.collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (
            mean,
            (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt(),
        )
    }

    #[test]
    fn normals_have_mean_0_and_deviation_1() {
        let noise = Noise::new(1);
        let (mean, sd) = moments((0..40_000).map(|k| noise.normal(3, k % 200, k / 200)));
        assert!(mean.abs() < 0.02 && (sd - 1.0).abs() < 0.02, "{mean} {sd}");
    }

    #[test]
    fn waves_have_mean_0_and_deviation_1() {
        let noise = Noise::new(1);
        let place = |k: i32| [f64::from(k % 200) * 0.37, f64::from(k / 200) * 0.37];
        let (mean, sd) = moments((0..40_000).map(|k| noise.waves(3, place(k), 4)));
        assert!(mean.abs() < 0.05 && (sd - 1.0).abs() < 0.1, "{mean} {sd}");
    }

    #[test]
    fn waves_have_no_steps() {
        let noise = Noise::new(7);
        let along = |k: i32| noise.waves(1, [f64::from(k) * 1e-4, 0.3], 3);
        assert!((0..50_000).all(|k| (along(k + 1) - along(k)).abs() < 0.01));
    }
}
