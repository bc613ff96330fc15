//! Where the elements of an operand went: the way of its gradient.

use super::{MAX_PARTS, Progression, Rearrangement, RearrangementError, SourceIndex, refine::variable};

/// What brings the gradient of a result back to an operand, or a part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reversal {
    /// From the result's shape to the operand's, with a dimension for each variable along which the operand is repeated behind it.
    pub rearrangement: Rearrangement,
    /// Dimensions behind those of the operand, which are to be summed over.
    pub repetitions: usize,
}

impl Rearrangement {
    /// The ways back to an operand of this shape, which are to be added up: several where it is read more than once in one
    /// dimension.
    ///
    /// # Errors
    /// Where those are too many.
    pub fn reversed(&self, operand: usize, shape: &[u64]) -> Result<Vec<Reversal>, RearrangementError> {
        let source = self.sources.get(operand).map_or(&[][..], Vec::as_slice);
        // Of every dimension the choices of progressions that read no element twice.
        let choices = source.iter().map(|index| match index {
            SourceIndex::Digits(_) => Ok(vec![Vec::new()]),
            SourceIndex::Progressions { progressions, .. } => apart(progressions),
        });
        let choices: Vec<Vec<Vec<Progression>>> = choices.collect::<Result<_, _>>()?;
        let mut ways: Vec<Vec<&[Progression]>> = vec![Vec::new()];
        for choice in &choices {
            few(ways.len() * choice.len())?;
            let mut longer: Vec<Vec<&[Progression]>> = Vec::new();
            for way in &ways {
                longer.extend(choice.iter().map(|own| {
                    let mut way = way.clone();
                    way.push(own.as_slice());
                    way
                }));
            }
            ways = longer;
        }
        ways.iter().map(|way| self.way_back(source, shape, way)).collect()
    }

    /// One way back: each dimension with progressions by those given.
    fn way_back(
        &self,
        source: &[SourceIndex],
        shape: &[u64],
        way: &[&[Progression]],
    ) -> Result<Reversal, RearrangementError> {
        let mut sizes = self.sizes.clone();
        let mut by_variable: Vec<Option<Vec<Progression>>> = vec![None; sizes.len()];
        let mut result: Vec<Vec<u8>> = Vec::new();
        for ((index, &size), own) in source.iter().zip(shape).zip(way) {
            if let SourceIndex::Progressions { variable, .. } = index {
                sizes[usize::from(*variable)] = size;
                let mut inverse: Vec<Progression> = own.iter().filter_map(Progression::inverse).collect();
                inverse.sort_unstable_by_key(|progression| progression.first);
                by_variable[usize::from(*variable)] = Some(inverse);
            }
            result.push(index.variables().to_vec());
        }
        let mut repetitions = 0;
        for (index, size) in sizes.iter().enumerate() {
            let variable = variable(index)?;
            if result.iter().any(|own| own.contains(&variable)) {
                continue;
            }
            let plain = source
                .iter()
                .position(|index| matches!(index, SourceIndex::Digits(_)));
            match plain {
                Some(dimension) if *size == 1 => result[dimension].push(variable),
                _ => {
                    repetitions += 1;
                    result.push(vec![variable]);
                }
            }
        }
        let index = |variables: &Vec<u8>| match variables.as_slice() {
            &[variable] if by_variable[usize::from(variable)].is_some() => SourceIndex::Progressions {
                variable,
                progressions: by_variable[usize::from(variable)].clone().unwrap_or_default(),
            },
            _ => SourceIndex::Digits(variables.clone()),
        };
        Ok(Reversal {
            rearrangement: Self {
                sources: vec![self.result.iter().map(index).collect()],
                sizes,
                result,
                fill: 0.0,
            },
            repetitions,
        })
    }
}

/// Progressions in as few lists as a first fit finds, none of which has an index twice.
fn apart(progressions: &[Progression]) -> Result<Vec<Vec<Progression>>, RearrangementError> {
    let again = progressions.iter().filter(|progression| progression.step == 0);
    few(again.map(|progression| progression.count).sum::<u64>() as usize)?;
    let mut lists: Vec<Vec<Progression>> = Vec::new();
    let single = |progression: &Progression| -> Vec<Progression> {
        // The same index again and again.
        if progression.step == 0 {
            (0..progression.count)
                .map(|place| {
                    Progression::run(
                        progression.first + place * progression.every,
                        1,
                        progression.index,
                        1,
                    )
                })
                .collect()
        } else {
            vec![*progression]
        }
    };
    for progression in progressions.iter().flat_map(single) {
        let (start, end) = progression.bounds();
        let free = |list: &&mut Vec<Progression>| {
            list.iter().all(|other| {
                let (other_start, other_end) = other.bounds();
                end <= other_start || other_end <= start
            })
        };
        match lists.iter_mut().find(free) {
            Some(list) => list.push(progression),
            None => lists.push(vec![progression]),
        }
    }
    Ok(lists)
}

/// Whether so many sums are few enough.
const fn few(sums: usize) -> Result<(), RearrangementError> {
    if sums <= MAX_PARTS {
        return Ok(());
    }
    Err(RearrangementError::TooMany {
        what: "sums of a gradient",
        got: sums,
        limit: MAX_PARTS,
    })
}
