//! The graph of a row.

use tilesim_graph::{Convolution, Graph, GraphBuilder, GraphError, OpKind, Pool, PoolKind, TensorId};
use tilesim_machine::ElementType;
use tilesim_terms::LayerKind;

use super::row::{LayerRow, LayerShape, Phases, ReduceShape};

impl LayerRow {
    /// The phases of the layer as one graph; every phase is a layer of it. `None` for a kind of layer, or a phase of it, that is not
    /// known.
    ///
    /// # Errors
    /// Where the shapes do not fit each other.
    pub fn graph(&self) -> Result<Option<Graph>, GraphError> {
        let Some(shape) = &self.shape else {
            return Ok(None);
        };
        let data_type = match self.options.precision.data {
            ElementType::F32 => ElementType::F32,
            ElementType::F16 | ElementType::U8 | ElementType::I32 => ElementType::F16,
        };
        let mut layer = LayerBuilder {
            builder: GraphBuilder::new(self.name.clone(), data_type),
            data_type,
        };
        let outputs = match shape {
            LayerShape::Convolution(forward) => layer.convolution(forward, self.phases)?,
            LayerShape::MatrixProduct(product) if self.phases == FORWARD => layer.matrix_product(product)?,
            LayerShape::Pool { pool, input } if !self.phases.weight_update => {
                match layer.pool(pool, input, self.phases)? {
                    Some(outputs) => outputs,
                    None => return Ok(None),
                }
            }
            LayerShape::Reduce(reduce) if self.phases == FORWARD => layer.reduce(reduce)?,
            LayerShape::MatrixProduct(_) | LayerShape::Pool { .. } | LayerShape::Reduce(_) => {
                return Ok(None);
            }
        };
        layer.builder.finish(outputs).map(Some)
    }
}

/// Forward alone.
const FORWARD: Phases = Phases {
    backward: false,
    weight_update: false,
};

struct LayerBuilder {
    builder: GraphBuilder,
    data_type: ElementType,
}

impl LayerBuilder {
    /// Opens the layer of a phase.
    fn phase(&mut self, name: &str, kind: LayerKind) {
        self.builder.layer(name, "layer", kind);
    }

    fn input(&mut self, name: &str, shape: Vec<u64>) -> Result<TensorId, GraphError> {
        self.builder.input(name, shape, self.data_type)
    }

    fn convolution(&mut self, forward: &Convolution, phases: Phases) -> Result<Vec<TensorId>, GraphError> {
        const KIND: LayerKind = LayerKind::Conv;
        let x = self.input("input", forward.input_shape())?;
        let weights = self.builder.parameter("weights", forward.weight_shape())?;
        self.phase("forward", KIND);
        let output = self
            .builder
            .convolution("forward", forward.clone(), x, weights, None)?;
        let mut outputs = vec![output];
        if !phases.backward && !phases.weight_update {
            return Ok(outputs);
        }
        let gradient = self.input("output gradient", forward.output_shape())?;
        if phases.backward {
            self.phase("backward", KIND);
            let kind = OpKind::ConvolutionInputGradient(forward.clone());
            outputs.push(self.builder.op("backward", kind, vec![gradient, weights])?);
        }
        if phases.weight_update {
            self.phase("weight update", KIND);
            let kind = OpKind::ConvolutionWeightGradient(forward.clone());
            let change = self.builder.op("weight gradient", kind, vec![x, gradient])?;
            let updated = self.builder.op(
                "weight update",
                OpKind::ScaledAdd { factor: 1.0 },
                vec![weights, change],
            )?;
            outputs.push(updated);
        }
        Ok(outputs)
    }

    /// The product, and its addition to C in place.
    fn matrix_product(&mut self, product: &Convolution) -> Result<Vec<TensorId>, GraphError> {
        let a = self.input("a", product.input_shape())?;
        let b = self.builder.parameter("b", product.weight_shape())?;
        let c = self.builder.parameter("c", product.output_shape())?;
        self.phase("forward", LayerKind::FullyConnected);
        let product = self.builder.convolution("forward", product.clone(), a, b, None)?;
        let sum = self
            .builder
            .op("addition", OpKind::ScaledAdd { factor: 1.0 }, vec![c, product])?;
        Ok(vec![sum])
    }

    /// `None` for gradients of averages.
    fn pool(
        &mut self,
        pool: &Pool,
        shape: &[u64],
        phases: Phases,
    ) -> Result<Option<Vec<TensorId>>, GraphError> {
        let x = self.input("input", shape.to_vec())?;
        self.phase("forward", LayerKind::Pool);
        let output = self.builder.pool("forward", pool.clone(), x)?;
        if !phases.backward {
            return Ok(Some(vec![output]));
        }
        if pool.kind != PoolKind::Max {
            return Ok(None);
        }
        let pooled = self.builder.shape(output).to_vec();
        let gradient = self.input("output gradient", pooled)?;
        self.phase("backward", LayerKind::Pool);
        let kind = OpKind::PoolGradient(pool.clone());
        let operands = vec![gradient, x, output];
        let input_gradient = self.builder.stated_op("backward", kind, operands, shape)?;
        Ok(Some(vec![output, input_gradient]))
    }

    fn reduce(&mut self, shape: &ReduceShape) -> Result<Vec<TensorId>, GraphError> {
        let x = self.input("input", shape.input.clone())?;
        self.phase("forward", LayerKind::Elementwise);
        let mut reduced = shape.input.clone();
        for &dimension in &shape.dimensions {
            reduced[dimension] = 1;
        }
        let kind = OpKind::Reduce(shape.reduction);
        let output = self.builder.stated_op("forward", kind, vec![x], &reduced)?;
        Ok(vec![output])
    }
}
