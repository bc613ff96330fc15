//! Products of figures, one factor after the other, for every tile.

/// For each tile a product of figures. Entries of a table have few distinct figures, and so have tiles: products are worked out once
/// for each combination of them, as long as there are fewer of these than tiles.
pub(crate) struct Products<T> {
    tiles: usize,
    /// Distinct products, or one for each tile.
    values: Vec<T>,
    /// Which of the values is that of each tile; all have the first one if there is nothing here.
    of_tile: Vec<u32>,
}

/// Distinct figures of a table that are told apart; to find one among more takes longer than to multiply.
const MOST_DISTINCT: usize = 32;

impl<T: Copy + PartialEq> Products<T> {
    /// The product of nothing.
    pub(crate) fn new(unit: T, tiles: usize) -> Self {
        Self {
            tiles,
            values: vec![unit],
            of_tile: Vec::new(),
        }
    }

    /// Multiplies by the figure of the entry that each tile has.
    pub(crate) fn multiply(&mut self, figures: &[T], entries: &[u32], times: impl Fn(T, T) -> T) {
        match distinct(figures) {
            Some((distinct, of_figure)) if self.values.len() * distinct.len() <= self.tiles.max(1) => {
                self.combine(&distinct, &of_figure, entries, times);
            }
            _ => {
                let product = |(tile, entry): (usize, &u32)| {
                    times(self.values[self.index(tile)], figures[*entry as usize])
                };
                self.values = entries.iter().enumerate().map(product).collect();
                self.of_tile = (0..self.tiles as u32).collect();
            }
        }
    }

    fn combine(&mut self, distinct: &[T], of_figure: &[u32], entries: &[u32], times: impl Fn(T, T) -> T) {
        let mut longer = Vec::with_capacity(self.values.len() * distinct.len());
        for product in &self.values {
            longer.extend(distinct.iter().map(|figure| times(*product, *figure)));
        }
        self.values = longer;
        if self.of_tile.is_empty() {
            let figures = entries.iter().map(|entry| of_figure[*entry as usize]);
            self.of_tile = figures.collect();
        } else {
            let count = distinct.len() as u32;
            for (product, entry) in self.of_tile.iter_mut().zip(entries) {
                *product = *product * count + of_figure[*entry as usize];
            }
        }
    }

    fn index(&self, tile: usize) -> usize {
        self.of_tile.get(tile).map_or(0, |product| *product as usize)
    }

    /// What `finish` makes of the product of each tile.
    pub(crate) fn finish<U: Copy>(self, finish: impl Fn(T) -> U) -> Vec<U> {
        let values: Vec<U> = self.values.into_iter().map(finish).collect();
        if self.of_tile.is_empty() {
            return vec![values[0]; self.tiles];
        }
        let tiles = self.of_tile.into_iter();
        tiles.map(|product| values[product as usize]).collect()
    }
}

/// The distinct of some figures in the order of their first, and which of them each is; nothing where they are many. Neighbours are
/// mostly alike, and so are most others.
fn distinct<T: Copy + PartialEq>(figures: &[T]) -> Option<(Vec<T>, Vec<u32>)> {
    let mut distinct: Vec<T> = Vec::new();
    let mut last = 0;
    let mut of_figure = Vec::with_capacity(figures.len());
    for figure in figures {
        if distinct.get(last) != Some(figure) {
            last = match distinct.iter().position(|other| other == figure) {
                Some(known) => known,
                None if distinct.len() == MOST_DISTINCT => return None,
                None => {
                    distinct.push(*figure);
                    distinct.len() - 1
                }
            };
        }
        of_figure.push(last as u32);
    }
    Some((distinct, of_figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_every_tile_however_many_differ() {
        let tiles = 500;
        for kinds in [[1, 2, 3], [2, 5, 40], [40, 40, 2], [200, 3, 5], [2, 200, 200]] {
            let mut products = Products::new(1_u64, tiles);
            let mut expected = vec![1; tiles];
            for kinds in kinds {
                let figures: Vec<u64> = (0..300).map(|entry| 1 + entry % kinds).collect();
                let entries: Vec<u32> = (0..tiles as u32).map(|tile| (7 * tile + 1) % 300).collect();
                products.multiply(&figures, &entries, |left, right| left * right);
                for (product, entry) in expected.iter_mut().zip(&entries) {
                    *product *= figures[*entry as usize];
                }
            }
            assert_eq!(products.finish(|product| product), expected, "{kinds:?}");
        }
        assert_eq!(Products::new(3, 2).finish(|product| 2 * product), [6, 6]);
    }
}
