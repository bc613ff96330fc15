//! Calls of functions: what is copied into them, and out of them.

use tilesim_graph::{Op, TensorId};
use tilesim_program::{
    VariableId, Work,
    work::{CopyPositions, VectorKernel, VectorWork},
};
use tilesim_terms::{FunctionCode, FunctionCopies};

use crate::{LowerError, context::Context, layout::Value};

/// A call of a function under construction.
///
/// `TensorFlow` makes every convolution, product and norm a function (`generic_graph_caching.cc`), whose tensors are its own: arguments
/// are copied into variables that lie as the caller's do, and the result out of one (PopLibs `GraphFunction.cpp`). The
/// compiler removes such copies where variables do not interfere, but not what it makes of them is published: what is kept
/// is a choice ([`FunctionCopies`]), and to keep all of them bounds memory and cycles from above.
pub(crate) struct Call {
    name: String,
    copies: FunctionCopies,
    shares_code: bool,
    /// What the function takes: the caller's variables, and its own.
    taken: Vec<VariableId>,
}

impl Call {
    /// A call of the function that computes the operator `name`.
    pub(crate) fn new(context: &mut Context, name: &str) -> Self {
        let framework = context.options.framework;
        let shares_code = framework.function_code == FunctionCode::Shared;
        if shares_code {
            context.emitter.begin_call();
        }
        Self {
            name: name.to_owned(),
            copies: framework.function_copies,
            shares_code,
            taken: Vec::new(),
        }
    }

    /// The function ends, and what it gives is not copied, or not here.
    pub(crate) fn end(&self, context: &mut Context) {
        if self.shares_code {
            context.emitter.end_call();
        }
    }

    /// The function's own variable for `value`, which is `tensor` where the caller has it.
    pub(crate) fn argument(
        &mut self,
        context: &mut Context,
        what: &str,
        tensor: Option<TensorId>,
        value: Value,
    ) -> Value {
        let lives_on = tensor.is_some_and(|tensor| {
            context.is_parameter(tensor) || !context.analysis.is_read_last_by(tensor, context.op)
        });
        let copied = match self.copies {
            FunctionCopies::Elided => false,
            FunctionCopies::Interfering => lives_on,
            FunctionCopies::Kept | FunctionCopies::Held => true,
        };
        if !copied {
            return value;
        }
        let copy = copy(context, &format!("{}/{what} argument copy", self.name), &value);
        self.taken.extend([value.variable, copy.variable]);
        copy
    }

    /// The caller's variable for the result of the function, which ends here.
    pub(crate) fn result(self, context: &mut Context, value: Value) -> Value {
        self.end(context);
        match self.copies {
            FunctionCopies::Elided | FunctionCopies::Interfering => value,
            FunctionCopies::Kept => copy(context, &format!("{}/result copy", self.name), &value),
            FunctionCopies::Held => {
                let copy = copy(context, &format!("{}/result copy", self.name), &value);
                // Nothing reads them any more, or not here: they are only kept from others.
                context.emitter.works_in(self.taken);
                copy
            }
        }
    }
}

/// Lowers `op` as a function that takes these of its operands, each with what it is called, and gives its result.
pub(crate) fn as_function(
    context: &mut Context,
    op: &Op,
    arguments: &[(usize, &str)],
    lower: impl FnOnce(&mut Context) -> Result<(), LowerError>,
) -> Result<(), LowerError> {
    let call = with_arguments(context, op, arguments, lower)?;
    match context.laid_out(op.output) {
        Some(result) => {
            let result = call.result(context, result);
            context.define(op.output, result);
        }
        None => call.end(context),
    }
    Ok(())
}

/// Lowers `op` as a function that takes these of its operands, or as a part of one, which has not ended yet.
pub(crate) fn with_arguments(
    context: &mut Context,
    op: &Op,
    arguments: &[(usize, &str)],
    lower: impl FnOnce(&mut Context) -> Result<(), LowerError>,
) -> Result<Call, LowerError> {
    let mut call = Call::new(context, &op.name);
    let mut callers = Vec::new();
    for &(index, what) in arguments {
        let Some(&tensor) = op.inputs.get(index) else {
            continue;
        };
        let value = context.value(op, tensor)?;
        let argument = call.argument(context, what, Some(tensor), value.clone());
        context.stand_in(tensor, argument);
        callers.push((tensor, value));
    }
    lower(context)?;
    for (tensor, value) in callers {
        context.stand_in(tensor, value);
    }
    Ok(call)
}

/// A copy on every tile, element by element where they lie, which the caller makes.
pub(crate) fn copy(context: &mut Context, name: &str, value: &Value) -> Value {
    let element_bytes = value.element_type.bytes();
    let variable = context
        .emitter
        .temporary(name.to_owned(), value.placement(), element_bytes);
    let work = VectorWork {
        over: value.placement().clone(),
        kernel: VectorKernel::Copy {
            element_bytes,
            piece_bytes: u64::MAX,
            positions: CopyPositions::Same,
        },
    };
    context.emitter.compute(
        name.to_owned(),
        Work::Vector(work),
        vec![value.variable],
        vec![variable],
    );
    context.emitter.of_caller();
    Value {
        variable,
        ..value.clone()
    }
}
