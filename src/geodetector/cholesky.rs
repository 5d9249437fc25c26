//! The triangular factor of a covariance matrix.

use rayon::prelude::*;

/// Columns that are eliminated together, so that what is read stays in the caches.
const BLOCK: usize = 64;

/// Replaces the lower half of a symmetric matrix `[row][col]` by L with L Lᵀ = the matrix, on all cores; what is above
/// the diagonal is left alone. Each number is computed by one thread in one order, so that threads change no bit.
///
/// Returns whether the matrix was positive definite; else its contents mean nothing.
///
/// # Source
///
/// Golub & Van Loan (2013), *Matrix Computations*, 4th ed., algorithm 4.2.3, by blocks of columns.
pub(super) fn factorise(matrix: &mut [f64], n: usize) -> bool {
    for start in (0..n).step_by(BLOCK) {
        let width = BLOCK.min(n - start);
        let (above, below) = matrix.split_at_mut((start + width) * n);
        let corner = &mut above[start * n..];
        if !factorise_corner(corner, n, start, width) {
            return false;
        }
        let corner = &above[start * n..];
        below
            .par_chunks_mut(n)
            .for_each(|row| solve_row(&mut row[start..start + width], corner, n, start));
        let mut panel = vec![0.0; below.len() / n.max(1) * width];
        for (copy, row) in panel.chunks_mut(width).zip(below.chunks(n)) {
            copy.copy_from_slice(&row[start..start + width]);
        }
        let rows = below.par_chunks_mut(n).enumerate();
        rows.for_each(|(i, row)| {
            let own = &panel[i * width..(i + 1) * width];
            let columns = &mut row[start + width..=start + width + i];
            for (value, other) in columns.iter_mut().zip(panel.chunks(width)) {
                *value -= dot(own, other);
            }
        });
    }
    true
}

/// The block on the diagonal, whose rows start at `corner[0]`.
fn factorise_corner(corner: &mut [f64], n: usize, start: usize, width: usize) -> bool {
    for i in 0..width {
        let (done, rest) = corner.split_at_mut(i * n);
        let row = &mut rest[start..=start + i];
        for j in 0..i {
            let other = &done[j * n + start..=j * n + start + j];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let square = row[i] - dot(&row[..i], &row[..i]);
        if square <= 0.0 || !square.is_finite() {
            return false;
        }
        row[i] = square.sqrt();
    }
    true
}

/// A row below the corner: what its columns in the block become.
fn solve_row(row: &mut [f64], corner: &[f64], n: usize, start: usize) {
    for j in 0..row.len() {
        let other = &corner[j * n + start..=j * n + start + j];
        row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
    }
}

/// A scalar product, in eight sums that a compiler keeps in vectors.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a_parts.remainder().iter().zip(b_parts.remainder());
    let rest: f64 = rest.map(|(x, y)| x * y).sum();
    for (x, y) in a_parts.zip(b_parts) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_times_itself_is_the_matrix() {
        for n in [1, 2, 63, 64, 65, 150] {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let entry =
                |i: usize, j: usize| (-(i.abs_diff(j) as f64) / 9.0).exp() + f64::from(i == j);
            let mut matrix: Vec<f64> = (0..n * n).map(|k| entry(k / n, k % n)).collect();
            assert!(factorise(&mut matrix, n));
            for i in 0..n {
                for j in 0..=i {
                    let (a, b) = (&matrix[i * n..=i * n + j], &matrix[j * n..=j * n + j]);
                    let product = dot(a, b);
                    assert!((product - entry(i, j)).abs() < 1e-13, "{n} {i} {j}");
                }
            }
        }
    }

    #[test]
    fn a_matrix_that_is_no_covariance_is_refused() {
        assert!(!factorise(&mut [1.0, 2.0, 2.0, 1.0], 2));
        assert!(!factorise(&mut [f64::NAN], 1));
        assert!(factorise(&mut [], 0));
    }
}
