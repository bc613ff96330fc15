//! Shape inference: the output shape of each operator, and checks of its operands.

mod training;

use std::ops::Range;

use crate::{
    Convolution, ElementType, Norm, NormKind, OpKind, Pool, ShapeError,
    limits::{MAX_ELEMENTS, MAX_MACS, checked_product},
};

impl OpKind {
    /// Shape of the output for operands of the given shapes.
    ///
    /// `stated` is the output's shape of operators whose operands do not determine it (a [`Reshape`](Self::Reshape) among
    /// them); the other operators ignore it.
    ///
    /// # Errors
    ///
    /// Where the operands are too few, too many or of shapes that do not fit.
    pub fn output_shape(&self, operands: &[&[u64]], stated: &[u64]) -> Result<Vec<u64>, ShapeError> {
        let shape = match self {
            Self::Convolution(convolution) => convolution_shape(convolution, operands)?,
            Self::FullyConnected => fully_connected_shape(operands)?,
            Self::ConvolutionInputGradient(convolution) => input_gradient_shape(convolution, operands)?,
            Self::ConvolutionWeightGradient(convolution) => weight_gradient_shape(convolution, operands)?,
            Self::ScaledAdd { .. } | Self::MovingAverage { .. } | Self::ActivationGradient(_) => {
                two_alike_shape(operands)?
            }
            Self::Norm(norm) => norm_shape(*norm, operands)?,
            Self::Whiten(norm) => training::whitened(*norm, operands)?,
            Self::NormParameterGradient => training::norm_parameter_gradient(operands)?,
            Self::Activation(_) | Self::Scale { .. } | Self::Cast(_) => one(operands)?.to_vec(),
            Self::Softmax { axes } => softmax_shape(axes, one(operands)?)?,
            Self::ProxyActivation(_) => proxy_activation_shape(operands)?,
            Self::Binary(_) => broadcast(operands)?,
            Self::Pool(pool) => pool_shape(pool, one(operands)?)?,
            Self::GlobalAveragePool => global_average_shape(one(operands)?)?,
            Self::Reshape => reshaped(one(operands)?, stated)?,
            Self::Reduce(_) => training::reduced(one(operands)?, stated)?,
            Self::Broadcast => training::repeated(one(operands)?, stated)?,
            Self::Slice { axis, start, size } => training::slice(*axis, *start, *size, one(operands)?)?,
            Self::Fill { .. } | Self::RandomMask { .. } => training::made(operands, stated)?,
            Self::NormGradient(norm) => training::norm_gradient(*norm, operands)?,
            Self::ProxyStatistics(_) => training::proxy_statistics(operands)?,
            Self::ProxyStatisticsGradient(_) => training::proxy_statistics_gradient(operands)?,
            Self::PoolGradient(pool) => training::pool_gradient(pool, operands, stated)?,
            Self::SoftmaxCrossEntropy { .. } => training::cross_entropy(operands).map(|_| vec![1])?,
            Self::SoftmaxCrossEntropyGradient { .. } => training::cross_entropy(operands)?.to_vec(),
            Self::OptimiserStep(step) => training::optimiser_step(step, operands)?,
            Self::Rearrange(rearrangement) => rearrangement.checked_shape(operands)?,
            Self::Concat { axis } => concatenated(*axis, operands)?,
        };
        match checked_product(&shape, MAX_ELEMENTS) {
            Some(_) => Ok(shape),
            None => Err(ShapeError::TooLarge {
                shape,
                limit: MAX_ELEMENTS,
            }),
        }
    }

    /// Element type of the output: that of the first operand, `otherwise` where there is none.
    pub fn output_type(&self, operands: &[ElementType], otherwise: ElementType) -> ElementType {
        match self {
            Self::Cast(data_type) => *data_type,
            _ => operands.first().copied().unwrap_or(otherwise),
        }
    }
}

fn one<'a>(operands: &[&'a [u64]]) -> Result<&'a [u64], ShapeError> {
    match operands {
        [x] => Ok(x),
        _ => Err(ShapeError::OperandCount {
            expected: "1",
            got: operands.len(),
        }),
    }
}

fn expect_shape(operand: &'static str, expected: Vec<u64>, got: &[u64]) -> Result<(), ShapeError> {
    if expected == got {
        Ok(())
    } else {
        Err(ShapeError::Operand {
            operand,
            expected,
            got: got.to_vec(),
        })
    }
}

fn channels(x: &[u64]) -> Result<u64, ShapeError> {
    x.get(1).copied().ok_or_else(|| ShapeError::Rank {
        operand: "input",
        expected: "[N, C, spatial…]",
        got: x.to_vec(),
    })
}

/// Shapes of the operands of a convolution or fully connected layer.
struct Weighted<'a> {
    x: &'a [u64],
    weights: &'a [u64],
    bias: Option<&'a [u64]>,
}

fn weighted<'a>(operands: &[&'a [u64]]) -> Result<Weighted<'a>, ShapeError> {
    match *operands {
        [x, weights] => Ok(Weighted {
            x,
            weights,
            bias: None,
        }),
        [x, weights, bias] => Ok(Weighted {
            x,
            weights,
            bias: Some(bias),
        }),
        _ => Err(ShapeError::OperandCount {
            expected: "2 or 3",
            got: operands.len(),
        }),
    }
}

fn convolution_shape(convolution: &Convolution, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let Weighted { x, weights, bias } = weighted(operands)?;
    convolution.validate()?;
    expect_shape("input", convolution.input_shape(), x)?;
    expect_shape("weights", convolution.weight_shape(), weights)?;
    if let Some(bias) = bias {
        expect_shape("bias", vec![convolution.out_channels()], bias)?;
    }
    Ok(convolution.output_shape())
}

fn two<'a>(operands: &[&'a [u64]]) -> Result<[&'a [u64]; 2], ShapeError> {
    match *operands {
        [first, second] => Ok([first, second]),
        _ => Err(ShapeError::OperandCount {
            expected: "2",
            got: operands.len(),
        }),
    }
}

fn input_gradient_shape(forward: &Convolution, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let Weighted { x, weights, bias } = weighted(operands)?;
    forward.validate()?;
    expect_shape("gradient of the output", forward.output_shape(), x)?;
    expect_shape("weights", forward.weight_shape(), weights)?;
    if let Some(bias) = bias {
        expect_shape("bias", vec![forward.in_channels()], bias)?;
    }
    Ok(forward.input_shape())
}

fn weight_gradient_shape(forward: &Convolution, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [x, gradient] = two(operands)?;
    forward.validate()?;
    expect_shape("input", forward.input_shape(), x)?;
    expect_shape("gradient of the output", forward.output_shape(), gradient)?;
    Ok(forward.weight_shape())
}

fn two_alike_shape(operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [first, second] = two(operands)?;
    expect_shape("second operand", first.to_vec(), second)?;
    Ok(first.to_vec())
}

fn fully_connected_shape(operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let Weighted { x, weights, bias } = weighted(operands)?;
    let &[batch, inputs] = x else {
        return Err(ShapeError::Rank {
            operand: "input",
            expected: "[N, C_in]",
            got: x.to_vec(),
        });
    };
    let &[outputs, weight_inputs] = weights else {
        return Err(ShapeError::Rank {
            operand: "weights",
            expected: "[C_out, C_in]",
            got: weights.to_vec(),
        });
    };
    if weight_inputs != inputs {
        expect_shape("weights", vec![outputs, inputs], weights)?;
    }
    if let Some(bias) = bias {
        expect_shape("bias", vec![outputs], bias)?;
    }
    match checked_product(&[batch, inputs, outputs], MAX_MACS) {
        Some(_) => Ok(vec![batch, outputs]),
        None => Err(ShapeError::TooLarge {
            shape: vec![batch, inputs, outputs],
            limit: MAX_MACS,
        }),
    }
}

fn norm_shape(norm: Norm, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [x, parameters @ ..] = operands else {
        return Err(ShapeError::OperandCount {
            expected: "at least 1",
            got: 0,
        });
    };
    let channels = channels(x)?;
    let roles = norm.parameter_roles();
    if parameters.len() != roles.len() {
        return Err(ShapeError::OperandCount {
            expected: "x, then gamma and beta as stated, then (batch) mean and variance:",
            got: operands.len(),
        });
    }
    for (role, parameter) in roles.into_iter().zip(parameters) {
        expect_shape(role, vec![channels], parameter)?;
    }
    match norm.kind {
        NormKind::Group { groups, .. } if groups == 0 || !channels.is_multiple_of(groups) => {
            Err(ShapeError::NormGroups { channels, groups })
        }
        _ => Ok(x.to_vec()),
    }
}

impl Norm {
    /// What the operands after x are, in their order.
    pub fn parameter_roles(&self) -> Vec<&'static str> {
        let mut roles = Vec::new();
        if self.gamma {
            roles.push("gamma");
        }
        if self.beta {
            roles.push("beta");
        }
        if self.kind == NormKind::Batch {
            roles.extend(["mean", "variance"]);
        }
        roles
    }
}

fn softmax_shape(axes: &Range<usize>, x: &[u64]) -> Result<Vec<u64>, ShapeError> {
    if axes.is_empty() || axes.end > x.len() {
        return Err(ShapeError::Rank {
            operand: "input",
            expected: "the dimensions that softmax takes together, one at least",
            got: x.to_vec(),
        });
    }
    Ok(x.to_vec())
}

fn proxy_activation_shape(operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [x, beta, gamma, mean, inverse_std] = operands else {
        return Err(ShapeError::OperandCount {
            expected: "5",
            got: operands.len(),
        });
    };
    let channels = channels(x)?;
    for (role, parameter) in [
        ("beta", beta),
        ("gamma", gamma),
        ("proxy mean", mean),
        ("proxy inverse standard deviation", inverse_std),
    ] {
        expect_shape(role, vec![channels], parameter)?;
    }
    Ok(x.to_vec())
}

fn broadcast(operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [left, right] = operands else {
        return Err(ShapeError::OperandCount {
            expected: "2",
            got: operands.len(),
        });
    };
    let fits =
        left.len() == right.len() && left.iter().zip(*right).all(|(&a, &b)| a == b || a == 1 || b == 1);
    if fits {
        Ok(left
            .iter()
            .zip(*right)
            .map(|(&a, &b)| if a == 1 { b } else { a })
            .collect())
    } else {
        Err(ShapeError::Broadcast {
            left: left.to_vec(),
            right: right.to_vec(),
        })
    }
}

fn pool_shape(pool: &Pool, x: &[u64]) -> Result<Vec<u64>, ShapeError> {
    let dimensions = pool.kernel.len();
    let lists = [
        &pool.stride,
        &pool.dilation,
        &pool.padding_lower,
        &pool.padding_upper,
        &pool.uncounted,
    ];
    if x.len() != dimensions + 2 || lists.iter().any(|list| list.len() != dimensions) {
        return Err(ShapeError::Rank {
            operand: "input",
            expected: "[N, C, spatial…] with as many spatial dimensions as the window",
            got: x.to_vec(),
        });
    }
    let mut shape = x[..2].to_vec();
    for d in 0..dimensions {
        let padded_input = x[d + 2]
            .saturating_add(pool.padding_lower[d])
            .saturating_add(pool.padding_upper[d]);
        let window = pool.extent(d);
        let is_empty = [pool.kernel[d], pool.stride[d], pool.dilation[d]].contains(&0);
        if is_empty || window > padded_input {
            return Err(ShapeError::Window {
                dimension: d,
                padded_input,
                window,
            });
        }
        shape.push((padded_input - window) / pool.stride[d] + 1);
    }
    Ok(shape)
}

fn global_average_shape(x: &[u64]) -> Result<Vec<u64>, ShapeError> {
    channels(x)?;
    Ok(x.iter()
        .enumerate()
        .map(|(d, &size)| if d < 2 { size } else { 1 })
        .collect())
}

fn concatenated(axis: usize, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
    let [first, others @ ..] = operands else {
        return Err(ShapeError::OperandCount {
            expected: "at least 1",
            got: 0,
        });
    };
    let mut shape = first.to_vec();
    if axis >= shape.len() {
        return Err(ShapeError::Rank {
            operand: "first operand",
            expected: "a dimension to concatenate along",
            got: shape,
        });
    }
    for other in others {
        let along = other.get(axis).copied().unwrap_or(0);
        let mut expected = first.to_vec();
        expected[axis] = along;
        expect_shape("operand", expected, other)?;
        shape[axis] = shape[axis].saturating_add(along);
    }
    Ok(shape)
}

fn reshaped(x: &[u64], stated: &[u64]) -> Result<Vec<u64>, ShapeError> {
    let elements = checked_product(x, MAX_ELEMENTS);
    if elements.is_some() && elements == checked_product(stated, MAX_ELEMENTS) {
        Ok(stated.to_vec())
    } else {
        Err(ShapeError::Operand {
            operand: "input",
            expected: stated.to_vec(),
            got: x.to_vec(),
        })
    }
}
