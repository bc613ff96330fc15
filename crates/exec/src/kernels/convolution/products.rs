//! Products that are added to a row of neighbouring sums.
//!
//! Every sum takes its products one after the other, whatever else is computed beside it: results are the same bits on every processor
//! and with any number of threads. Rows go in blocks whose sums stay in registers while products are added.

/// One operand of a product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factors<'a> {
    /// The packed operand.
    pub(super) values: &'a [f32],
    /// What the first sum takes of the first product.
    pub(super) first: usize,
    /// One where neighbouring sums take neighbouring values, zero where all take the same.
    pub(super) stride: usize,
}

/// Adds products, each of which lies so much further on in either operand, to a row of sums.
pub(super) fn add_products(sums: &mut [f32], factors: [Factors<'_>; 2], products: &[[usize; 3]]) {
    let row = Row { factors, products };
    let mut at = 0;
    let rest = row.add_blocks::<16>(&mut at, sums);
    let rest = row.add_blocks::<8>(&mut at, rest);
    let rest = row.add_blocks::<4>(&mut at, rest);
    let rest = row.add_blocks::<2>(&mut at, rest);
    row.add_blocks::<1>(&mut at, rest);
}

struct Row<'a> {
    factors: [Factors<'a>; 2],
    products: &'a [[usize; 3]],
}

impl Row<'_> {
    /// Adds to as many blocks of sums as there are, from the sum `at` on, and gives the sums behind them.
    fn add_blocks<'s, const LANES: usize>(&self, at: &mut usize, sums: &'s mut [f32]) -> &'s mut [f32] {
        let (blocks, rest) = sums.as_chunks_mut::<LANES>();
        for sums in blocks {
            match self.factors.map(|factors| factors.stride) {
                [0, 0] => self.add_alike(sums),
                [0, _] => self.add_scaled(1, 0, *at, sums),
                [_, 0] => self.add_scaled(0, 1, *at, sums),
                _ => self.add_pairs(*at, sums),
            }
            *at += LANES;
        }
        rest
    }

    /// All sums take the same products.
    fn add_alike<const LANES: usize>(&self, sums: &mut [f32; LANES]) {
        let [left, right] = self.factors;
        for [more_left, more_right, _] in self.products {
            let product = left.values[left.first + more_left] * right.values[right.first + more_right];
            for sum in &mut *sums {
                *sum += product;
            }
        }
    }

    /// Neighbouring values of one operand times one value of the other.
    fn add_scaled<const LANES: usize>(
        &self,
        values: usize,
        scale: usize,
        at: usize,
        sums: &mut [f32; LANES],
    ) {
        let [own, other] = [self.factors[values], self.factors[scale]];
        let (first, mut added) = (own.first + at, *sums);
        for product in self.products {
            let scale = other.values[other.first + product[scale]];
            let start = first + product[values];
            for (sum, value) in added.iter_mut().zip(&own.values[start..start + LANES]) {
                *sum += value * scale;
            }
        }
        *sums = added;
    }

    /// Neighbouring values of one operand times neighbouring values of the other.
    fn add_pairs<const LANES: usize>(&self, at: usize, sums: &mut [f32; LANES]) {
        let [left, right] = self.factors;
        let mut added = *sums;
        for [more_left, more_right, _] in self.products {
            let starts = [left.first + more_left + at, right.first + more_right + at];
            let left = &left.values[starts[0]..starts[0] + LANES];
            let right = &right.values[starts[1]..starts[1] + LANES];
            for ((sum, left), right) in added.iter_mut().zip(left).zip(right) {
                *sum += left * right;
            }
        }
        *sums = added;
    }
}
