//! The alignment of two runs by their structure: blocks first, and the layers of blocks that correspond.

use std::collections::BTreeMap;

use tilesim_terms::Phase;

use crate::{
    DifferenceError, Part,
    sequence::{Aligned, Alignment, align},
};

/// Comparisons of layers that are made at most: some seconds, and as many bytes.
const MOST_COMPARISONS: usize = 1 << 26;

/// What it scores that two layers are of the same kind; without it they are no pair.
const SAME_KIND: u64 = 4;
/// That they have the same name.
const SAME_NAME: u64 = 4;
/// That they are called the same within their blocks.
const SAME_PLACE: u64 = 4;
/// That they do the same work.
const SAME_WORK: u64 = 2;
/// That two blocks have the same name.
const SAME_BLOCK: u64 = 4;

/// Aligns the parts of two runs. Parts of a phase are aligned with those of the same phase: first blocks, so that the layers in them score
/// most, then the layers of every pair of blocks. Layers of different kinds are never a pair. The places are indices into `a` and `b`; each part has
/// exactly one.
///
/// # Errors
/// Where there are so many layers that it would not end.
pub fn align_parts(a: &[Part], b: &[Part]) -> Result<Vec<Aligned>, DifferenceError> {
    let (of_a, of_b) = (by_phase(a), by_phase(b));
    let mut phases: Vec<&Option<Phase>> = of_a.keys().chain(of_b.keys()).collect();
    phases.sort_unstable();
    phases.dedup();
    let none = Vec::new();
    let mut places = Vec::with_capacity(a.len().max(b.len()));
    for phase in phases {
        let of_phase = |runs: &BTreeMap<Option<Phase>, Vec<usize>>| runs.get(phase).unwrap_or(&none).clone();
        places.extend(align_phase(&(a, of_phase(&of_a)), &(b, of_phase(&of_b)))?);
    }
    Ok(places)
}

/// Indices of the parts of each phase.
fn by_phase(parts: &[Part]) -> BTreeMap<Option<Phase>, Vec<usize>> {
    let mut phases: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        phases.entry(part.phase).or_default().push(index);
    }
    phases
}

/// The parts of a phase, by their indices.
type Indexed<'a> = (&'a [Part], Vec<usize>);

fn align_phase(a: &Indexed<'_>, b: &Indexed<'_>) -> Result<Vec<Aligned>, DifferenceError> {
    let (blocks_a, blocks_b) = (blocks(a.0, &a.1), blocks(b.0, &b.1));
    let layers = |i: usize, j: usize| {
        let (block_a, block_b) = (&blocks_a[i], &blocks_b[j]);
        align(block_a.len(), block_b.len(), |i, j| {
            score(&a.0[block_a[i]], &b.0[block_b[j]])
        })
    };
    // Blocks that are alike at both ends are pairs of the best alignment: nothing scores more than a block with itself.
    let alike = |i: usize, j: usize| {
        let (block_a, block_b) = (&blocks_a[i], &blocks_b[j]);
        block_a.len() == block_b.len()
            && block_a
                .iter()
                .zip(block_b)
                .all(|(&i, &j)| is_same(&a.0[i], &b.0[j]))
    };
    let shorter = blocks_a.len().min(blocks_b.len());
    let head = (0..shorter).take_while(|&index| alike(index, index)).count();
    let tail = (0..shorter - head)
        .take_while(|&index| alike(blocks_a.len() - 1 - index, blocks_b.len() - 1 - index))
        .count();
    let middle_a = head..blocks_a.len() - tail;
    let middle_b = head..blocks_b.len() - tail;
    let count = |blocks: &[Vec<usize>]| blocks.iter().map(Vec::len).sum::<usize>();
    let (layers_a, layers_b) = (
        count(&blocks_a[middle_a.clone()]),
        count(&blocks_b[middle_b.clone()]),
    );
    if layers_a.saturating_mul(layers_b) > MOST_COMPARISONS {
        return Err(DifferenceError::Layers {
            a: layers_a,
            b: layers_b,
            most: MOST_COMPARISONS,
        });
    }
    let of_blocks = align(middle_a.len(), middle_b.len(), |i, j| {
        let (i, j) = (head + i, head + j);
        let Alignment { score, .. } = layers(i, j);
        let same_block = a.0[blocks_a[i][0]].block() == b.0[blocks_b[j][0]].block();
        (score > 0).then_some(score + if same_block { SAME_BLOCK } else { 0 })
    });
    let pairs_of_blocks = (0..head)
        .map(|index| Aligned::Both(index, index))
        .chain(of_blocks.places.into_iter().map(|place| match place {
            Aligned::Both(i, j) => Aligned::Both(head + i, head + j),
            Aligned::OnlyA(i) => Aligned::OnlyA(head + i),
            Aligned::OnlyB(j) => Aligned::OnlyB(head + j),
        }))
        .chain((0..tail).map(|index| Aligned::Both(middle_a.end + index, middle_b.end + index)));
    let mut places = Vec::new();
    for pair in pairs_of_blocks {
        match pair {
            Aligned::Both(i, j) => places.extend(layers(i, j).places.into_iter().map(|place| match place {
                Aligned::Both(of_a, of_b) => Aligned::Both(blocks_a[i][of_a], blocks_b[j][of_b]),
                Aligned::OnlyA(of_a) => Aligned::OnlyA(blocks_a[i][of_a]),
                Aligned::OnlyB(of_b) => Aligned::OnlyB(blocks_b[j][of_b]),
            })),
            Aligned::OnlyA(i) => places.extend(blocks_a[i].iter().map(|&part| Aligned::OnlyA(part))),
            Aligned::OnlyB(j) => places.extend(blocks_b[j].iter().map(|&part| Aligned::OnlyB(part))),
        }
    }
    Ok(places)
}

/// Parts that follow each other in one block, as indices.
fn blocks(parts: &[Part], indices: &[usize]) -> Vec<Vec<usize>> {
    indices
        .chunk_by(|&i, &j| parts[i].block() == parts[j].block())
        .map(<[usize]>::to_vec)
        .collect()
}

/// How well two parts correspond; nothing where they are of different kinds.
fn score(a: &Part, b: &Part) -> Option<u64> {
    (a.kind == b.kind).then(|| {
        let points = [
            (true, SAME_KIND),
            (a.name == b.name, SAME_NAME),
            (a.place() == b.place(), SAME_PLACE),
            (a.works_as(b), SAME_WORK),
        ];
        points
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, points)| points)
            .sum()
    })
}

fn is_same(a: &Part, b: &Part) -> bool {
    a.kind == b.kind && a.name == b.name && a.works_as(b)
}

#[cfg(test)]
mod tests {
    use tilesim_terms::LayerKind;

    use super::*;
    use crate::{account::Cycles, account::PartKind};

    fn part(name: &str, kind: LayerKind, macs: u64) -> Part {
        Part {
            name: name.to_owned(),
            kind: PartKind::Layer(kind),
            phase: Some(Phase::Forward),
            stage: None,
            macs,
            macs_images: 1,
            plan: String::new(),
            cycles: Cycles::default(),
        }
    }

    fn block(name: &str, width: u64) -> Vec<Part> {
        [
            ("a", LayerKind::PointwiseExpand),
            ("b", LayerKind::Spatial),
            ("c", LayerKind::PointwiseProject),
        ]
        .map(|(place, kind)| part(&format!("{name}/{place}"), kind, width))
        .to_vec()
    }

    fn names(a: &[Part], b: &[Part]) -> Vec<(String, String)> {
        let name = |parts: &[Part], index: usize| parts[index].name.clone();
        align_parts(a, b)
            .expect("few layers")
            .into_iter()
            .map(|place| match place {
                Aligned::Both(i, j) => (name(a, i), name(b, j)),
                Aligned::OnlyA(i) => (name(a, i), String::new()),
                Aligned::OnlyB(j) => (String::new(), name(b, j)),
            })
            .collect()
    }

    #[test]
    fn an_inserted_block_is_inserted_whole() {
        let a = [block("block1a", 4), block("block2a", 9)].concat();
        let b = [block("block1a", 4), block("block1b", 5), block("block2a", 9)].concat();
        let pairs = names(&a, &b);
        let inserted: Vec<&str> = pairs
            .iter()
            .filter(|(a, _)| a.is_empty())
            .map(|(_, b)| b.as_str())
            .collect();
        assert_eq!(inserted, ["block1b/a", "block1b/b", "block1b/c"]);
        assert!(pairs.iter().all(|(a, b)| a.is_empty() || a == b), "{pairs:?}");
    }

    #[test]
    fn a_removed_layer_leaves_the_others_of_its_block_in_place() {
        let a = block("block1a", 4);
        let b = a[1..].to_vec();
        let pairs = names(&a, &b);
        assert_eq!(pairs[0], ("block1a/a".to_owned(), String::new()));
        assert_eq!(pairs[1].0, pairs[1].1);
    }

    #[test]
    fn blocks_of_other_names_correspond_by_their_kinds_and_work() {
        let a = [block("x", 4), block("y", 9)].concat();
        let b = [block("layer1", 4), block("layer2", 9)].concat();
        let pairs = names(&a, &b);
        assert_eq!(pairs.len(), 6);
        assert_eq!(pairs[3], ("y/a".to_owned(), "layer2/a".to_owned()));
        let only_second = names(&a, &b[3..]);
        assert_eq!(only_second[0], ("x/a".to_owned(), String::new()));
        assert_eq!(only_second[3], ("y/a".to_owned(), "layer2/a".to_owned()));
    }

    #[test]
    fn kinds_do_not_mix() {
        let a = [part("top", LayerKind::Pool, 0)];
        let b = [part("top", LayerKind::Softmax, 0)];
        assert_eq!(
            names(&a, &b),
            [
                ("top".to_owned(), String::new()),
                (String::new(), "top".to_owned())
            ]
        );
    }

    #[test]
    fn too_many_layers_are_refused_and_equal_ones_are_not() {
        let many = |suffix: &str| -> Vec<Part> {
            (0..9000)
                .map(|index| part(&format!("{index}{suffix}"), LayerKind::Conv, index))
                .collect()
        };
        assert!(align_parts(&many(""), &many("")).is_ok());
        assert!(matches!(
            align_parts(&many("x"), &many("y")),
            Err(DifferenceError::Layers { a: 9000, b: 9000, .. })
        ));
    }
}
