//! Copies from places of operands to places of a result, on every tile.

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_geometry::{Cover, Operand, Placement, Progression, Progressions, Spare};

use super::{WorkClass, classes_of};
use crate::{
    Vertex,
    vertex::vector::{CopyVertex, VectorVertex},
};

/// Copies the elements that indices of an iteration space touch of an operand to those that they touch of the result: transpositions,
/// slices, concatenations, and the like.
///
/// Result and operands are seen over one grid. An index at which an operand touches nothing copies nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RearrangementWork {
    /// What of the result each tile holds.
    pub result: Placement,
    /// What of each operand that is read each tile has, in the order of the step's operands.
    pub sources: Vec<Placement>,
    /// Bytes of an element.
    pub element_bytes: u64,
    /// Bytes of the runs that lie side by side in an operand and in the result.
    pub piece_bytes: u64,
}

impl RearrangementWork {
    /// Tiles with equal work.
    pub fn classes(&self) -> Vec<WorkClass> {
        classes_of(&self.elements_by_tile(), |elements| self.vertex(*elements))
    }

    /// Elements that every tile copies.
    pub fn elements_by_tile(&self) -> Vec<u64> {
        let mut sum: Vec<u64> = Vec::new();
        for source in &self.sources {
            let elements = self.written(source).elements_by_tile();
            if sum.is_empty() {
                sum = elements;
            } else {
                sum.iter_mut()
                    .zip(elements)
                    .for_each(|(sum, elements)| *sum += elements);
            }
        }
        sum
    }

    /// What a tile that copies so many elements does; `None` where there are none.
    pub fn vertex(&self, elements: u64) -> Option<Vertex> {
        (elements > 0).then(|| {
            Vertex::Vector(VectorVertex::Copy(CopyVertex {
                bytes: elements * self.element_bytes,
                piece_bytes: self.piece_bytes,
            }))
        })
    }

    /// Placement of the elements that an operand writes: the result itself, or the indices at which it writes as elements of the
    /// iteration space.
    fn written(&self, source: &Placement) -> Placement {
        let mut partly: Vec<&Progressions> = Vec::new();
        for cover in &source.operand.covers {
            if let Cover::Progressions(progressions) = cover {
                partly.push(progressions);
            }
        }
        if partly.is_empty() {
            return self.result.clone();
        }
        let sizes = &self.result.grid.sizes;
        let cover = |variable: u8| match partly.iter().find(|own| own.variable == variable) {
            Some(own) => Cover::Progressions(Progressions {
                variable,
                pieces: own.pieces.iter().map(itself).collect(),
            }),
            None => Cover::Variables(SmallVec::from_slice(&[variable])),
        };
        Placement {
            grid: Arc::clone(&self.result.grid),
            operand: Arc::new(Operand {
                shape: SmallVec::from_slice(sizes),
                covers: (0..sizes.len() as u8).map(cover).collect(),
            }),
            spare: Spare::Replicated,
            channel_block: 1,
        }
    }
}

/// The values of a progression as indices.
fn itself(piece: &Progression) -> Progression {
    Progression {
        index: piece.first,
        step: piece.every.cast_signed(),
        ..*piece
    }
}
