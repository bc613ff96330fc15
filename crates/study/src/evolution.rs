//! Which points are run next: NSGA-II (Deb et al. 2002) over the places of axes.
//!
//! Of a generation and its parents the best survive: first those that keep to all constraints, by fronts and in a front by how far apart they lie; then the
//! others, by how far they are from keeping to them. Two parents that win against another of the survivors have a child: of each axis the place of
//! one of them, now and then one beside it or any other. No combination is run twice. Chance depends on seed and generation alone, so that a search that
//! was stopped goes on as it would have.

use std::collections::BTreeSet;

use crate::{Evaluation, Figures, Row, Space, front, split_mix::SplitMix};

/// Combinations that are tried for each that is bred.
const TRIES: u64 = 200;

/// A point that was run.
#[derive(Debug, Clone)]
struct Individual {
    place: u64,
    /// The objectives, turned so that more is better; empty where it takes no part.
    merits: Vec<f64>,
    /// How far it is from keeping to all constraints; 0 where it does.
    excess: f64,
}

/// A search under way.
pub struct Evolution<'a> {
    space: &'a Space<'a>,
    /// From the best to the worst.
    survivors: Vec<Individual>,
    known: BTreeSet<u64>,
    generation: u64,
}

impl<'a> Evolution<'a> {
    /// A search of which nothing has been run.
    pub const fn new(space: &'a Space<'a>) -> Self {
        Self {
            space,
            survivors: Vec::new(),
            known: BTreeSet::new(),
            generation: 0,
        }
    }

    /// Points that were bred.
    pub fn run(&self) -> u64 {
        self.known.len() as u64
    }

    /// The combinations of the next generation; none where all are known, or conditions leave none that can be found.
    pub fn breed(&mut self) -> Vec<u64> {
        let search = self.space.search();
        // Seeds of neighbours differ in every bit after the first number.
        let mut chance = SplitMix(SplitMix(search.seed).next() ^ self.generation);
        let left = search.points.saturating_sub(self.run()).min(search.population);
        let lengths = self.space.lengths();
        let mut next = Vec::new();
        for attempt in 0..left * TRIES {
            if next.len() as u64 >= left {
                break;
            }
            // Where breeding finds nothing new, chance does.
            let bred = !self.survivors.is_empty() && attempt < left * TRIES / 2;
            let place = if bred {
                self.child(&lengths, &mut chance)
            } else {
                chance.below(self.space.len())
            };
            if !self.known.contains(&place) && self.space.is_wanted(place) {
                self.known.insert(place);
                next.push(place);
            }
        }
        self.generation += 1;
        next
    }

    /// Takes in what became of a generation: the figures of its points, in their order.
    pub fn take(&mut self, places: &[u64], figures: &Figures<'_>) {
        let objectives = &figures.study().objectives;
        let of_row = |(place, row): (&u64, &Row)| {
            let merits = objectives
                .iter()
                .map(|objective| Some(objective.goal.merit(figures.at(row, &objective.metric)?)))
                .collect::<Option<Vec<f64>>>()
                .filter(|merits| merits.iter().all(|merit| !merit.is_nan()));
            Individual {
                place: *place,
                excess: match (&merits, &row.evaluation) {
                    (Some(_), _) => 0.0,
                    (None, Evaluation::Failed { .. }) => f64::INFINITY,
                    // What does not fit is no excess of a figure.
                    (None, Evaluation::Done { fits, .. }) => {
                        figures.excess(row) + f64::from(u8::from(!fits)) + f64::MIN_POSITIVE
                    }
                },
                merits: merits.unwrap_or_default(),
            }
        };
        self.survivors
            .extend(places.iter().zip(figures.rows()).map(of_row));
        self.survivors = survivors(
            std::mem::take(&mut self.survivors),
            self.space.search().population as usize,
        );
    }

    fn child(&self, lengths: &[u64], chance: &mut SplitMix) -> u64 {
        let (one, other) = (self.parent(chance), self.parent(chance));
        let (one, other) = (digits(one, lengths), digits(other, lengths));
        let axes = lengths.len().max(1) as u64;
        let mut place = 0;
        for (axis, length) in lengths.iter().enumerate() {
            let mut digit = if chance.below(2) == 0 {
                one[axis]
            } else {
                other[axis]
            };
            if chance.below(axes) == 0 {
                digit = match chance.below(4) {
                    0 => digit.saturating_sub(1),
                    1 => (digit + 1).min(length - 1),
                    _ => chance.below(*length),
                };
            }
            place = place * length + digit;
        }
        place
    }

    /// The better of two survivors, which stand in their order.
    fn parent(&self, chance: &mut SplitMix) -> u64 {
        let count = self.survivors.len() as u64;
        let better = chance.below(count).min(chance.below(count));
        self.survivors[better as usize].place
    }
}

/// The places of a combination on every axis; the last axis varies fastest.
fn digits(place: u64, lengths: &[u64]) -> Vec<u64> {
    let mut rest = place;
    let mut digits: Vec<u64> = lengths
        .iter()
        .rev()
        .map(|length| {
            let digit = rest % length;
            rest /= length;
            digit
        })
        .collect();
    digits.reverse();
    digits
}

/// So many of the best, from the best to the worst.
fn survivors(all: Vec<Individual>, count: usize) -> Vec<Individual> {
    let (mut feasible, mut others): (Vec<Individual>, Vec<Individual>) = all
        .into_iter()
        .partition(|individual| !individual.merits.is_empty());
    let mut kept: Vec<Individual> = Vec::new();
    while kept.len() < count && !feasible.is_empty() {
        let merits: Vec<Vec<f64>> = feasible
            .iter()
            .map(|individual| individual.merits.clone())
            .collect();
        let first: BTreeSet<usize> = front(&merits).into_iter().collect();
        let (mut of_front, mut behind) = (Vec::new(), Vec::new());
        for (index, individual) in feasible.into_iter().enumerate() {
            if first.contains(&index) {
                of_front.push(individual);
            } else {
                behind.push(individual);
            }
        }
        kept.extend(apart(of_front));
        feasible = behind;
    }
    others.sort_by(|one, other| one.excess.total_cmp(&other.excess));
    kept.extend(others);
    kept.truncate(count);
    kept
}

/// Those of a front, the loneliest first: by the sum over objectives of how far its neighbours lie from each other.
fn apart(of_front: Vec<Individual>) -> Vec<Individual> {
    let mut distances = vec![0.0_f64; of_front.len()];
    let objectives = of_front.first().map_or(0, |individual| individual.merits.len());
    for objective in 0..objectives {
        let merit = |index: usize| of_front[index].merits[objective];
        let mut order: Vec<usize> = (0..of_front.len()).collect();
        order.sort_by(|one, other| merit(*one).total_cmp(&merit(*other)));
        let (Some(&least), Some(&most)) = (order.first(), order.last()) else {
            continue;
        };
        let width = merit(most) - merit(least);
        distances[least] = f64::INFINITY;
        distances[most] = f64::INFINITY;
        for neighbours in order.windows(3) {
            if width > 0.0 {
                distances[neighbours[1]] += (merit(neighbours[2]) - merit(neighbours[0])) / width;
            }
        }
    }
    let mut order: Vec<(f64, Individual)> = distances.into_iter().zip(of_front).collect();
    // Of equal ones those that were run first.
    order.sort_by(|one, other| other.0.total_cmp(&one.0));
    order.into_iter().map(|(_, individual)| individual).collect()
}
