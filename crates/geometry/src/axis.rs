//! Axes: one or more variables of an iteration space, flattened and cut into parts of whole grains.

use smallvec::{SmallVec, smallvec};

use crate::Interval;

/// Variables of an iteration space, flattened in the given order (outermost first) and cut into `parts`.
///
/// Part `p` of `P` over `g` grains holds grains `⌊p·g/P⌋ .. ⌊(p+1)·g/P⌋`, so sizes differ by one grain at most; the last
/// grain may be narrower.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Axis {
    /// Indices of variables of the space, outermost first.
    pub variables: SmallVec<[u8; 4]>,
    /// Elements of the flattened index that stay together.
    pub grain: u64,
    /// Parts, each on tiles of its own.
    pub parts: u64,
}

/// What one part of an axis holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part {
    /// Elements of the flattened index.
    pub length: u64,
    /// Distinct values of the outermost variable among them.
    pub leading: u64,
}

/// Parts of an axis that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartClass {
    /// What each of them holds.
    pub part: Part,
    /// How many there are.
    pub count: u64,
}

impl Axis {
    /// An axis over one variable.
    pub fn single(variable: u8, grain: u64, parts: u64) -> Self {
        Self {
            variables: smallvec![variable],
            grain,
            parts,
        }
    }

    /// An axis over several variables, outermost first.
    pub fn flattened(variables: &[u8], grain: u64, parts: u64) -> Self {
        Self {
            variables: SmallVec::from_slice(variables),
            grain,
            parts,
        }
    }

    /// Elements of the flattened index, for a space of the given sizes.
    pub fn size(&self, sizes: &[u64]) -> u64 {
        self.variables
            .iter()
            .map(|variable| sizes[*variable as usize])
            .product()
    }

    /// The interval of the flattened index that part `index` holds.
    pub fn interval(&self, size: u64, index: u64) -> Interval {
        let grains = size.div_ceil(self.grain);
        let start = (index * grains / self.parts * self.grain).min(size);
        let end = ((index + 1) * grains / self.parts * self.grain).min(size);
        Interval::new(start, end)
    }

    /// The intervals of all parts in order.
    pub(crate) fn intervals(&self, size: u64) -> impl Iterator<Item = Interval> {
        Interval::parts(size.div_ceil(self.grain), self.parts).map(move |grains| {
            let index = |grain: u64| (grain * self.grain).min(size);
            Interval::new(index(grains.start), index(grains.end))
        })
    }

    /// What part `index` holds.
    pub(crate) fn part(&self, sizes: &[u64], index: u64) -> Part {
        let size = self.size(sizes);
        let interval = self.interval(size, index);
        if interval.is_empty() {
            return Part {
                length: 0,
                leading: 0,
            };
        }
        let leading = self
            .variables
            .first()
            .map_or(1, |outermost| sizes[*outermost as usize].max(1));
        let inner = (size / leading).max(1);
        Part {
            length: interval.len(),
            leading: (interval.end - 1) / inner - interval.start / inner + 1,
        }
    }

    /// The distinct parts with their counts, in order of size.
    pub fn classes(&self, sizes: &[u64]) -> SmallVec<[PartClass; 4]> {
        let mut classes: SmallVec<[PartClass; 4]> = SmallVec::new();
        for index in 0..self.parts {
            let part = self.part(sizes, index);
            match classes.iter_mut().find(|class| class.part == part) {
                Some(class) => class.count += 1,
                None => classes.push(PartClass { part, count: 1 }),
            }
        }
        classes.sort_unstable_by_key(|class| class.part);
        classes
    }
}

/// An interval of a flattened index as boxes over the dimensions (outermost first), in the order of the index: at most two
/// per dimension, less one. Each box is handed to `emit` behind whatever `prefix` holds.
pub(crate) fn decompose(
    interval: Interval,
    sizes: &[u64],
    prefix: &mut SmallVec<[Interval; 8]>,
    emit: &mut dyn FnMut(&[Interval]),
) {
    if interval.is_empty() {
        return;
    }
    let Some((_, rest)) = sizes.split_first() else {
        emit(prefix);
        return;
    };
    let depth = prefix.len();
    if rest.is_empty() {
        prefix.push(interval);
        emit(prefix);
        prefix.truncate(depth);
        return;
    }
    let inner: u64 = rest.iter().product();
    let (first, last) = (interval.start / inner, (interval.end - 1) / inner);
    let (head, tail) = (interval.start % inner, interval.end - last * inner);
    if first == last && (head, tail) != (0, inner) {
        prefix.push(Interval::new(first, first + 1));
        decompose(Interval::new(head, tail), rest, prefix, emit);
        prefix.truncate(depth);
        return;
    }
    if head != 0 {
        prefix.push(Interval::new(first, first + 1));
        decompose(Interval::new(head, inner), rest, prefix, emit);
        prefix.truncate(depth);
    }
    let whole = Interval::new(
        if head == 0 { first } else { first + 1 },
        if tail == inner { last + 1 } else { last },
    );
    if !whole.is_empty() {
        prefix.push(whole);
        prefix.extend(rest.iter().map(|size| Interval::full(*size)));
        emit(prefix);
        prefix.truncate(depth);
    }
    if tail != inner {
        prefix.push(Interval::new(last, last + 1));
        decompose(Interval::new(0, tail), rest, prefix, emit);
        prefix.truncate(depth);
    }
}

/// Parts that hold an index whose digits lie in the given intervals, with the size of each digit, outermost first; `ends` are
/// the ends of all parts in order.
pub(crate) fn parts_touched(ends: &[u64], digits: &[(Interval, u64)]) -> u64 {
    if digits.iter().any(|(interval, _)| interval.is_empty()) {
        return 0;
    }
    // Digits that are whole, and the one outside of them, make runs of the index.
    let whole = digits
        .iter()
        .rev()
        .take_while(|(interval, size)| interval.len() == *size)
        .count();
    let (outer, inner) = digits.split_at((digits.len() - whole).saturating_sub(1));
    let (mut run_start, mut run_end) = (0, 1);
    for (interval, size) in inner {
        run_start = run_start * size + interval.start;
        run_end = (run_end - 1) * size + interval.end;
    }
    let run_size: u64 = inner.iter().map(|(_, size)| size).product();
    let mut row: SmallVec<[u64; 4]> = outer.iter().map(|(interval, _)| interval.start).collect();
    let mut parts = 0;
    // Parts before this one end before all rows to come; `counted` parts, from the first on, are not to be counted again.
    let (mut part, mut counted) = (0, 0);
    loop {
        let number = row
            .iter()
            .zip(outer)
            .fold(0, |number, (digit, (_, size))| number * size + digit);
        let (start, end) = (number * run_size + run_start, number * run_size + run_end);
        part += first_beyond(&ends[part..], start);
        let last = part + first_beyond(&ends[part..], end - 1);
        parts += (last + 1).saturating_sub(counted.max(part)) as u64;
        counted = last + 1;
        part = last;
        // The next row; past the last one all digits have begun anew.
        let mut done = true;
        for (digit, (interval, _)) in row.iter_mut().zip(outer).rev() {
            *digit += 1;
            if *digit < interval.end {
                done = false;
                break;
            }
            *digit = interval.start;
        }
        if done {
            return parts;
        }
    }
}

/// How many of some ordered ends, of which few are expected, do not lie beyond an index.
fn first_beyond(ends: &[u64], index: u64) -> usize {
    const FEW: usize = 8;
    match ends.iter().take(FEW).position(|end| *end > index) {
        Some(few) => few,
        None => ends.partition_point(|end| *end <= index),
    }
}
