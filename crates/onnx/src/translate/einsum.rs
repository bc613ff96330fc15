//! Sums of products by the names of their dimensions.

use tilesim_graph::{OpKind, Rearrangement, Reduction};

use super::{
    movement,
    operator::{OnnxOperator, OnnxSupport},
    product::{self, Factor, Operand},
    translator::{Translator, Value},
};
use crate::{OnnxError, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[OnnxOperator {
    name: "Einsum",
    versions: &[12],
    support: OnnxSupport::Training,
    limits: "one or two operands whose dimensions have different names",
    translate: einsum,
}];

/// What `equation` says: names of the dimensions of each operand, and of the result.
struct Equation {
    operands: Vec<Vec<char>>,
    result: Vec<char>,
}

impl Equation {
    /// The equation of a node whose operands have so many dimensions. An ellipsis stands for the dimensions that have no name.
    fn of(node: Node, ranks: &[usize]) -> Result<Self, OnnxError> {
        let text: String = node
            .text("equation")?
            .unwrap_or_default()
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect();
        let wrong = |expected: &str| node.invalid(format!("equation is `{text}`"), expected);
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (text.as_str(), None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        if terms.len() != ranks.len() {
            return Err(wrong("a term for each operand"));
        }
        let mut operands = Vec::new();
        let mut unnamed = 0;
        for (term, &rank) in terms.iter().zip(ranks) {
            let named = term.replace("...", "").chars().count();
            let own = rank
                .checked_sub(named)
                .filter(|&own| own == 0 || term.contains("..."));
            let own = own.ok_or_else(|| wrong("as many names as its operands have dimensions"))?;
            unnamed = unnamed.max(own);
            let names = names(term, own).ok_or_else(|| wrong("letters, and an ellipsis once in a term"))?;
            operands.push(names);
        }
        let result = if let Some(right) = right {
            names(right, unnamed).ok_or_else(|| wrong("letters, and an ellipsis once in a term"))?
        } else {
            implied(&operands)
        };
        let known = |name: &char| operands.iter().any(|names| names.contains(name));
        let repeats = |names: &[char]| (1..names.len()).any(|end| names[..end].contains(&names[end]));
        if !result.iter().all(known) || operands.iter().chain([&result]).any(|names| repeats(names)) {
            return Err(node.unsupported(
                format!("equation `{text}`"),
                "terms that have a name once, and no others in the result",
            ));
        }
        Ok(Self { operands, result })
    }
}

/// Without a result those dimensions stay that are named once, in the order of the alphabet, behind those without a name.
fn implied(operands: &[Vec<char>]) -> Vec<char> {
    let all: Vec<char> = operands.concat();
    let is_once = |name: &&char| all.iter().filter(|other| other == name).count() == 1;
    let mut result: Vec<char> = all
        .iter()
        .filter(|name| !is_letter(**name) || is_once(name))
        .copied()
        .collect();
    // Dimensions without a name are numbered from the last.
    result.sort_unstable_by_key(|&name| match u32::from(name) {
        code if is_letter(name) => (true, code),
        code => (false, u32::MAX - code),
    });
    result.dedup();
    result
}

const fn is_letter(name: char) -> bool {
    name.is_ascii_alphabetic()
}

/// The names of a term whose ellipsis is so many dimensions, counted from the last.
fn names(term: &str, unnamed: usize) -> Option<Vec<char>> {
    let (before, behind) = term.split_once("...").unwrap_or((term, ""));
    let has_ellipsis = term.contains("...");
    let dimensions = (0..if has_ellipsis { unnamed } else { 0 })
        .rev()
        .map(|place| char::from_u32(u32::from('Ā') + u32::try_from(place).ok()?));
    let names: Option<Vec<char>> = before
        .chars()
        .map(Some)
        .chain(dimensions)
        .chain(behind.chars().map(Some))
        .collect();
    names.filter(|_| before.chars().chain(behind.chars()).all(is_letter))
}

fn einsum<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let mut operands = Vec::new();
    for index in 0..node.proto.input.len() {
        operands.push(Operand::of(translator, node, index)?);
    }
    let ranks: Vec<usize> = operands
        .iter()
        .map(|operand| operand.shape(translator).len())
        .collect();
    let equation = Equation::of(node, &ranks)?;
    let mut factors = Vec::new();
    for (index, (operand, names)) in operands.into_iter().zip(&equation.operands).enumerate() {
        let others = equation
            .operands
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let kept: Vec<char> = others
            .flat_map(|(_, names)| names)
            .chain(&equation.result)
            .copied()
            .collect();
        factors.push(summed(translator, node, operand, names, &kept)?);
    }
    match <[Factor; 2]>::try_from(factors) {
        Ok(factors) => product::of(translator, node, factors, &equation.result),
        Err(mut factors) => match (factors.pop(), factors.is_empty()) {
            (
                Some(Factor {
                    operand: Operand::Tensor(x),
                    names,
                }),
                true,
            ) => {
                let place = |name: &char| names.iter().position(|own| own == name);
                let permutation: Vec<usize> = equation.result.iter().filter_map(place).collect();
                let made = Rearrangement::transpose(translator.network.shape(x), &permutation);
                movement::rearranged(translator, node, made, vec![x])
            }
            _ => Err(node.unsupported(format!("{} operands", node.proto.input.len()), "one or two")),
        },
    }
    .map(Value::Tensor)
}

/// An operand without the dimensions that nobody else names, over which it is summed.
fn summed<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    operand: Operand,
    names: &[char],
    kept: &[char],
) -> Result<Factor, OnnxError> {
    if names.iter().all(|name| kept.contains(name)) {
        return Ok(Factor {
            operand,
            names: names.to_vec(),
        });
    }
    let Operand::Tensor(x) = operand else {
        return Err(node.unsupported(
            "a constant that is summed over",
            "constants whose dimensions the result or the other operand has",
        ));
    };
    let sizes = translator.network.shape(x).to_vec();
    let is_kept = |name: &char| kept.contains(name);
    let joined: Vec<u64> = names
        .iter()
        .zip(&sizes)
        .map(|(name, &size)| if is_kept(name) { size } else { 1 })
        .collect();
    let sum = translator.step(node, OpKind::Reduce(Reduction::Sum), vec![x], &joined)?;
    let kept_sizes: Vec<u64> = names
        .iter()
        .zip(&sizes)
        .filter(|(name, _)| is_kept(name))
        .map(|(_, &size)| size)
        .collect();
    Ok(Factor {
        operand: Operand::Tensor(translator.reshaped(node, sum, &kept_sizes)?),
        names: names.iter().copied().filter(is_kept).collect(),
    })
}
