//! Vector kernels over what every tile holds.

use std::sync::Arc;

use rayon::prelude::*;
use smallvec::SmallVec;
use tilesim_geometry::Interval;
use tilesim_program::{
    vertex::vector::{BinaryOp, ScalarOp},
    work::{Channels, CopyPositions, Factor, SliceCopy, VectorKernel, VectorWork},
};

use super::{
    copies,
    functions::{binary, cross_entropy, non_linearity, non_linearity_gradient, unary},
    indices::each_index,
    reduction,
};
use crate::{
    ExecError,
    regions::{Regions, strides},
    site::Site,
    store::{Linear, VariableValues},
};

/// A variable that a kernel reads, with its name.
type Operand<'a> = (&'a str, &'a VariableValues);

/// Runs a vector kernel on all tiles. `over` is what each works on, `before` what the result held so far.
pub(crate) fn vector(
    site: &Site<'_>,
    work: &VectorWork,
    over: &Arc<Regions>,
    operands: &[Operand<'_>],
    before: Option<&VariableValues>,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let operand = |index: usize| {
        operands
            .get(index)
            .copied()
            .ok_or_else(|| site.malformed("a vector kernel lacks an operand"))
    };
    let same = || -> Result<Operand<'_>, ExecError> {
        let first = operand(0)?;
        let mut values = first.1.values.iter().enumerate();
        let alike = first.1.values.len() == over.tiles()
            && values.all(|(tile, values)| values.len() == over.tile(tile).elements());
        if alike {
            Ok(first)
        } else {
            Err(site.malformed("the first operand does not lie where the kernel works"))
        }
    };
    match work.kernel {
        VectorKernel::Unary { op, .. } => Ok(mapped(same()?.1, unary(op))),
        VectorKernel::NonLinearity {
            non_linearity: op, ..
        } => Ok(mapped(same()?.1, non_linearity(op))),
        VectorKernel::Cast { .. }
        | VectorKernel::Copy {
            positions: CopyPositions::Same,
            ..
        }
        | VectorKernel::Transpose { .. } => Ok(same()?.1.clone()),
        VectorKernel::Copy {
            positions: CopyPositions::Gather(strides),
            ..
        } => copies::subsampled(site, operand(0)?, strides, output),
        VectorKernel::Copy {
            positions: CopyPositions::Scatter(strides),
            ..
        } => copies::spread_out(site, operand(0)?, strides, before, output),
        VectorKernel::Copy {
            positions: CopyPositions::Take { start },
            ..
        } => copies::take_channels(site, operand(0)?, start, output),
        VectorKernel::Copy {
            positions: CopyPositions::Put { start },
            ..
        } => copies::put_channels(site, operand(0)?, start, before, output),
        VectorKernel::Fill { value, .. } => Ok(VariableValues {
            values: (0..output.tiles())
                .map(|tile| vec![value.value() as f32; output.tile(tile).elements()])
                .collect(),
            regions: output,
        }),
        VectorKernel::NonLinearityGradient {
            non_linearity: op, ..
        } => pairwise(site, same()?, operand(1)?, non_linearity_gradient(op)),
        VectorKernel::CrossEntropy { .. } => pairwise(site, same()?, operand(1)?, cross_entropy),
        VectorKernel::SelectPositive { .. } => selected(site, same()?, operand(1)?, operand(2)?),
        VectorKernel::Repeat { .. } => repeated(site, operand(0)?, output),
        VectorKernel::SetLabel { value, .. } => {
            set_labels(site, operand(0)?, value.value() as f32, before, output)
        }
        VectorKernel::RandomMask { .. } => Err(site.unsupported("random numbers")),
        VectorKernel::BroadcastScalar {
            op: ScalarOp::Binary(op),
            value: Some(value),
            ..
        } => {
            let function = binary(op);
            let constant = value.value() as f32;
            Ok(mapped(same()?.1, move |x| function(x, constant)))
        }
        VectorKernel::BroadcastScalar {
            op: ScalarOp::Binary(op),
            value: None,
            ..
        } => broadcast(site, over, same()?, operand(1)?, op, &[], None),
        VectorKernel::BroadcastScalar {
            op:
                op @ (ScalarOp::InverseStandardDeviationToVariance | ScalarOp::VarianceToInverseStandardDeviation),
            value,
            ..
        } => {
            let epsilon = value.map_or(0.0, |value| value.value() as f32);
            Ok(mapped(same()?.1, move |x| match op {
                ScalarOp::InverseStandardDeviationToVariance => (x * x).recip() - epsilon,
                _ => (x + epsilon).sqrt().recip(),
            }))
        }
        VectorKernel::BroadcastChannel { op, per_sample, .. } => {
            let along: &[usize] = if per_sample { &[0, 1] } else { &[1] };
            broadcast(site, over, same()?, operand(1)?, op, along, None)
        }
        VectorKernel::BroadcastGroups {
            op,
            groups,
            per_sample,
            ..
        } => {
            let along: &[usize] = if per_sample { &[0, 1] } else { &[1] };
            broadcast(site, over, same()?, operand(1)?, op, along, Some(groups))
        }
        VectorKernel::BroadcastSample { op, .. } => {
            broadcast(site, over, same()?, operand(1)?, op, &[0], None)
        }
        VectorKernel::BroadcastPosition { op, .. } => {
            let along: Vec<usize> = (0..over.shape.len())
                .filter(|dimension| *dimension != 1)
                .collect();
            broadcast(site, over, same()?, operand(1)?, op, &along, None)
        }
        VectorKernel::Binary { op, .. } => pairwise(site, same()?, operand(1)?, binary(op)),
        VectorKernel::DynamicSlice { slicing, .. } => match slicing.copy {
            SliceCopy::Take => copies::take(site, operand(0)?, slicing, output),
            SliceCopy::Put => copies::put(site, operand(0)?, slicing, before, output),
        },
        VectorKernel::ScaledAdd { own, factor, .. } => {
            let own = own.value() as f32;
            let factor = match factor {
                Factor::Constant(factor) => factor.value() as f32,
                Factor::Operand => scalar(site, operand(2)?)?,
                Factor::NegatedOperand => -scalar(site, operand(2)?)?,
            };
            pairwise(site, same()?, operand(1)?, move |a, b| own * a + factor * b)
        }
        VectorKernel::ReducePositions { op, .. } | VectorKernel::ReduceSample { op, .. } => {
            reduction::on_tile(site, over, same()?.1, op, Channels::Runs(1), output)
        }
        VectorKernel::RepeatChannels { channels, .. } => {
            reduction::repeat(site, operand(0)?, channels, output)
        }
        VectorKernel::ReduceGroups { op, channels, .. } => {
            reduction::groups(site, over, same()?, op, channels)
        }
        VectorKernel::InverseStandardDeviation {
            epsilon,
            stable: true,
            ..
        } => {
            let epsilon = epsilon.value() as f32;
            Ok(mapped(same()?.1, move |variance| {
                1.0 / (variance + epsilon).sqrt()
            }))
        }
        VectorKernel::InverseStandardDeviation { epsilon, .. } => {
            let epsilon = epsilon.value() as f32;
            let (mean, power) = (same()?.1, operand(1)?.1);
            if mean.regions != power.regions {
                return Err(site.malformed("mean and mean square lie apart"));
            }
            let values = mean
                .values
                .iter()
                .zip(&power.values)
                .map(|(mean, power)| {
                    mean.iter()
                        .zip(power)
                        .map(|(mean, power)| 1.0 / ((power - mean * mean).max(0.0) + epsilon).sqrt())
                        .collect()
                })
                .collect();
            Ok(VariableValues {
                regions: output,
                values,
            })
        }
    }
}

/// A function of every element.
fn mapped(x: &VariableValues, function: impl Fn(f32) -> f32 + Sync) -> VariableValues {
    let values = x
        .values
        .par_iter()
        .map(|values| values.iter().map(|value| function(*value)).collect())
        .collect();
    VariableValues {
        regions: Arc::clone(&x.regions),
        values,
    }
}

/// A function of the elements of two tensors of one shape.
fn pairwise(
    site: &Site<'_>,
    x: Operand<'_>,
    other: Operand<'_>,
    function: impl Fn(f32, f32) -> f32 + Sync,
) -> Result<VariableValues, ExecError> {
    let (regions, ((_, x), (name, other))) = (Arc::clone(&x.1.regions), (x, other));
    let alike = regions == other.regions;
    let values = x
        .values
        .par_iter()
        .enumerate()
        .map(|(tile, values)| {
            if alike {
                let pairs = values.iter().zip(&other.values[tile]);
                return Ok(pairs.map(|(x, other)| function(*x, *other)).collect());
            }
            let held = Linear::new(other, tile);
            let mut result = Vec::with_capacity(values.len());
            let mut missing = None;
            regions.runs(tile, |start, length| {
                for index in start..start + length {
                    let other = held.get(index);
                    if other.is_none() {
                        missing = missing.or(Some(index));
                    }
                    result.push(function(values[result.len()], other.unwrap_or_default()));
                }
            });
            match missing {
                Some(index) => Err(site.missing(tile, name, regions.index(index))),
                None => Ok(result),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues { regions, values })
}

/// Of each element the one of `positive` where that of the condition is positive, the one of `other` elsewhere.
fn selected(
    site: &Site<'_>,
    condition: Operand<'_>,
    positive: Operand<'_>,
    other: Operand<'_>,
) -> Result<VariableValues, ExecError> {
    let beside_condition = |operand| pairwise(site, condition, operand, |_, value| value);
    let positive = beside_condition(positive)?;
    let mut chosen = beside_condition(other)?;
    let tiles = chosen.values.iter_mut().zip(&positive.values);
    for ((chosen, positive), conditions) in tiles.zip(&condition.1.values) {
        for ((chosen, positive), condition) in chosen.iter_mut().zip(positive).zip(conditions) {
            if *condition > 0.0 {
                *chosen = *positive;
            }
        }
    }
    Ok(chosen)
}

/// The one element that every tile has.
fn scalar(site: &Site<'_>, (_, held): Operand<'_>) -> Result<f32, ExecError> {
    let value = held.values.iter().find_map(|values| values.first());
    value
        .copied()
        .ok_or_else(|| site.malformed("no tile has the scalar"))
}

/// Repeats elements along the dimensions of which the operand has one index only.
fn repeated(
    site: &Site<'_>,
    (name, from): Operand<'_>,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    if from.regions.shape.len() != output.shape.len() {
        return Err(site.malformed("a repetition in another number of dimensions"));
    }
    let strides: SmallVec<[usize; 5]> = strides(&from.regions.shape)
        .into_iter()
        .zip(&from.regions.shape)
        .map(|(stride, size)| if *size == 1 { 0 } else { stride })
        .collect();
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let held = Linear::new(from, tile);
            let blank = vec![0.0; output.tile(tile).elements()];
            let mut result = Vec::with_capacity(blank.len());
            for cuboid in output.tile(tile).iter() {
                let along = (strides.as_slice(), from.regions.shape.as_slice());
                extend(&mut result, &blank, cuboid, along, &held, |_, value| value)
                    .map_err(|index| site.missing(tile, name, from.regions.index(index)))?;
            }
            Ok(result)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}

/// Writes a value at the class (dimension 1) of every sample's label, over what was there before.
fn set_labels(
    site: &Site<'_>,
    (name, labels): Operand<'_>,
    value: f32,
    before: Option<&VariableValues>,
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let before = before.ok_or_else(|| site.malformed("labels are set over nothing"))?;
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let mut values = before.values[tile].clone();
            let held = Linear::new(labels, tile);
            let mut at = 0;
            for cuboid in output.tile(tile).iter() {
                each_index(cuboid, |index| {
                    let label = held
                        .get(index[0] as usize)
                        .ok_or_else(|| site.missing(tile, name, vec![index[0]]))?;
                    if label as u64 == index.get(1).copied().unwrap_or(0) {
                        values[at] = value;
                    }
                    at += 1;
                    Ok(())
                })?;
            }
            Ok(values)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}

/// A function of every element and the element of a smaller tensor, which varies along some dimensions only; of so many `groups` of
/// channels, where it repeats along these.
fn broadcast(
    site: &Site<'_>,
    over: &Regions,
    (_, x): Operand<'_>,
    (name, other): Operand<'_>,
    op: BinaryOp,
    along: &[usize],
    groups: Option<u64>,
) -> Result<VariableValues, ExecError> {
    let function = binary(op);
    // Row-major strides of the smaller tensor along each dimension.
    let mut strides = vec![0; over.shape.len()];
    let mut sizes = over.shape.clone();
    let mut elements = 1;
    for dimension in along
        .iter()
        .rev()
        .filter(|dimension| **dimension < over.shape.len())
    {
        strides[*dimension] = elements;
        if *dimension == 1
            && let Some(groups) = groups
        {
            sizes[1] = groups;
        }
        elements *= sizes[*dimension] as usize;
    }
    if elements != other.regions.elements() {
        return Err(site.malformed("the second operand has another shape than the kernel takes"));
    }
    let values = x
        .values
        .par_iter()
        .enumerate()
        .map(|(tile, values)| {
            let held = Linear::new(other, tile);
            let mut result = Vec::with_capacity(values.len());
            for cuboid in over.tile(tile).iter() {
                extend(&mut result, values, cuboid, (&strides, &sizes), &held, function)
                    .map_err(|index| site.missing(tile, name, other.regions.index(index)))?;
            }
            Ok(result)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: Arc::clone(&x.regions),
        values,
    })
}

/// Adds the results of a box, or says which element of the second operand is missing.
fn extend(
    result: &mut Vec<f32>,
    values: &[f32],
    cuboid: &[Interval],
    (strides, sizes): (&[usize], &[u64]),
    held: &Linear,
    function: fn(f32, f32) -> f32,
) -> Result<(), usize> {
    // Inner dimensions along which the second operand is constant.
    let varying = strides
        .iter()
        .rposition(|stride| *stride > 0)
        .map_or(0, |last| last + 1);
    let (outer, inner) = cuboid.split_at(varying.min(cuboid.len()));
    let length: u64 = inner.iter().map(|interval| interval.len()).product();
    each_index(outer, |index| {
        let at: usize = index
            .iter()
            .zip(strides.iter().zip(sizes))
            .map(|(index, (stride, size))| (index % size) as usize * stride)
            .sum();
        let other = held.get(at).ok_or(at)?;
        let done = result.len();
        result.extend(
            values[done..done + length as usize]
                .iter()
                .map(|value| function(*value, other)),
        );
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;
    use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Spare};
    use tilesim_machine::ElementType;
    use tilesim_program::{Action, HostDirection, Step};

    use super::*;

    /// What a kernel makes of operands of one row, which lies on one tile.
    fn computed(kernel: VectorKernel, operands: &[&[f32]]) -> Vec<f32> {
        let elements = operands[0].len() as u64;
        let over = Placement {
            grid: Arc::new(Grid::new(&[1, elements], [Axis::single(1, 1, 1)])),
            operand: Arc::new(Operand {
                shape: smallvec![1, elements],
                covers: smallvec![Cover::Variables(smallvec![0]), Cover::Variables(smallvec![1])],
            }),
            spare: Spare::Shared,
            channel_block: 1,
        };
        let step = Step {
            name: "step".to_owned(),
            layer: 0,
            action: Action::Host {
                direction: HostDirection::In,
                bytes: 0,
            },
            reads: Vec::new(),
            writes: Vec::new(),
            workspace: Vec::new(),
            call: None,
        };
        let site = Site {
            step: &step,
            round: 0,
            cancellation: &tilesim_terms::Cancellation::never(),
        };
        let regions = Arc::new(Regions::of(&over));
        let held: Vec<VariableValues> = operands
            .iter()
            .map(|values| VariableValues {
                regions: Arc::clone(&regions),
                values: vec![values.to_vec()],
            })
            .collect();
        let operands: Vec<(&str, &VariableValues)> = held.iter().map(|held| ("operand", held)).collect();
        let work = VectorWork { over, kernel };
        let result = vector(&site, &work, &regions, &operands, None, Arc::clone(&regions)).expect("it runs");
        result.values.concat()
    }

    #[test]
    fn infinities_are_chosen_like_any_value() {
        const INFINITE: f32 = f32::INFINITY;
        let element_type = ElementType::F32;
        let chosen = computed(
            VectorKernel::SelectPositive { element_type },
            &[
                &[1.0, 1.0, 0.0, -1.0, INFINITE, -INFINITE],
                &[INFINITE, -INFINITE, 3.0, INFINITE, 5.0, 6.0],
                &[10.0, 20.0, INFINITE, -INFINITE, 50.0, 60.0],
            ],
        );
        assert_eq!(chosen, [INFINITE, -INFINITE, INFINITE, -INFINITE, 5.0, 60.0]);
    }
}
