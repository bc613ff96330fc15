//! Programs as text: a line for every variable, and a few for every step, in the order in which they run. Two programs compare with
//! `diff`; whoever wants to know what a step does reads it here, tile numbers and all.

mod step;

use std::fmt;

use crate::{Control, Program, Source, Variable, VariableId};

/// Spaces by which the body of a loop, or what belongs to a line, is moved to the right.
const INDENT: usize = 2;

impl fmt::Display for VariableId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "%{}", self.0)
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            always_live,
            placement,
            element_bytes,
            source,
        } = self;
        write!(formatter, "{name}: {element_bytes} B × {placement}")?;
        if *always_live {
            formatter.write_str(", always live")?;
        }
        match source {
            None => Ok(()),
            Some(Source::Tensor(name)) => write!(formatter, ", holds {name}"),
            Some(Source::InverseDeviation { variance, epsilon }) => {
                write!(formatter, ", holds 1 / √({variance} + {epsilon:?})")
            }
            Some(Source::Constant(values)) => write!(formatter, ", holds {} constants", values.len()),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "program {}: {} variables, {} steps; {} data, {} partials",
            self.name,
            self.variables.len(),
            self.steps.len(),
            self.precision.data.name(),
            self.precision.partials.name(),
        )?;
        if self.io_tiles > 0 {
            writeln!(
                formatter,
                "the last {} tiles are the host's, which sends and receives beside the other steps",
                self.io_tiles
            )?;
        }
        writeln!(formatter, "\nvariables")?;
        for (index, variable) in (0..).map(VariableId).zip(&self.variables) {
            writeln!(formatter, "{:INDENT$}{index} {variable}", "")?;
        }
        writeln!(formatter, "\nsteps")?;
        let mut writer = Writer {
            program: self,
            layer: None,
        };
        writer.control(&self.control, INDENT, formatter)
    }
}

/// Writes a control tree, and the name of a layer where it begins.
struct Writer<'a> {
    program: &'a Program,
    layer: Option<usize>,
}

impl Writer<'_> {
    fn control(
        &mut self,
        control: &Control,
        indent: usize,
        formatter: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        match control {
            Control::Step(id) => {
                let Some(step) = self.program.steps.get(id.0 as usize) else {
                    return Ok(());
                };
                if self.layer != Some(step.layer) {
                    self.layer = Some(step.layer);
                    self.heading(step.layer, formatter)?;
                }
                step::write(step, indent, formatter)
            }
            Control::Sequence(parts) => parts
                .iter()
                .try_for_each(|part| self.control(part, indent, formatter)),
            Control::Repeat { times, body } => {
                writeln!(formatter, "{:indent$}repeat {times} times", "")?;
                self.control(body, indent + INDENT, formatter)
            }
        }
    }

    fn heading(&self, layer: usize, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(layer) = self.program.layers.get(layer) else {
            return Ok(());
        };
        write!(
            formatter,
            "{:INDENT$}# {}, {}, {}",
            "",
            layer.name,
            layer.kind.name(),
            layer.phase.name()
        )?;
        if !layer.plan.is_empty() {
            write!(formatter, ": {}", layer.plan)?;
        }
        writeln!(formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use smallvec::smallvec;
    use tilesim_machine::ElementType;
    use tilesim_terms::{LayerKind, Phase};

    use crate::{
        Action, Control, Movement, Precision, Program, ProgramLayer, Step, StepId, Variable, VariableId,
        Work,
        vertex::vector::UnaryOp,
        work::{VectorKernel, VectorWork},
    };
    use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Spare, Transfer, Window};

    /// Rows of 3 over positions 8 by kernel positions 3, in 4 parts.
    fn placement(spare: Spare, rows: Cover) -> Placement {
        let axes = [Axis::single(1, 2, 4), Axis::flattened(&[0, 3], 1, 2)];
        Placement {
            grid: Arc::new(Grid::new(&[2, 8, 3, 5], axes)),
            operand: Arc::new(Operand {
                shape: smallvec![2, 16],
                covers: smallvec![Cover::Variables(smallvec![0]), rows],
            }),
            spare,
            channel_block: 4,
        }
    }

    #[test]
    fn a_program_reads_as_what_it_does() {
        let window = Cover::Window(Window {
            output: 1,
            kernel: 2,
            stride: 2,
            kernel_dilation: 1,
            input_dilation: 1,
            padding_lower: 1,
            skips: false,
        });
        let held = placement(Spare::Shared, Cover::Variables(smallvec![1, 2]));
        let needed = placement(Spare::Replicated, window);
        let variable = |name: &str, placement: &Placement, always_live| Variable {
            name: name.to_owned(),
            always_live,
            placement: placement.clone(),
            element_bytes: 2,
            source: None,
        };
        let step = |name: &str, action, reads: &[u32], writes: &[u32]| Step {
            name: name.to_owned(),
            layer: 0,
            action,
            reads: reads.iter().copied().map(VariableId).collect(),
            writes: writes.iter().copied().map(VariableId).collect(),
            workspace: Vec::new(),
            call: None,
        };
        let gather = Action::Exchange(vec![Movement::Transfer(Transfer {
            from: held.clone(),
            to: needed.clone(),
            element_bytes: 2,
            sample_block: 1,
        })]);
        let activate = Action::Compute(Box::new(Work::Vector(VectorWork {
            over: needed.clone(),
            kernel: VectorKernel::Unary {
                op: UnaryOp::Sigmoid,
                element_type: ElementType::F16,
                in_place: true,
            },
        })));
        let program = Program {
            name: "small".to_owned(),
            layers: vec![ProgramLayer {
                name: "first".to_owned(),
                kind: LayerKind::Elementwise,
                plan: String::new(),
                phase: Phase::Forward,
            }],
            variables: vec![variable("x", &held, true), variable("near", &needed, false)],
            steps: vec![
                step("gather", gather, &[0], &[1]),
                step("activate", activate, &[1], &[1]),
            ],
            tensors: Vec::new(),
            control: Control::Sequence(vec![
                Control::Step(StepId(0)),
                Control::Repeat {
                    times: 3,
                    body: Box::new(Control::Step(StepId(1))),
                },
            ]),
            precision: Precision {
                data: ElementType::F16,
                partials: ElementType::F32,
            },
            io_tiles: 0,
            batches_per_step: None,
        };
        let expected = "\
program small: 2 variables, 2 steps; f16 data, f32 partials

variables
  %0 x: 2 B × [2, 16] at (v0, v1·v2), channels in blocks of 4, over 8 tiles: v1 of 8 by 2 in 4, v0·v3 of 10 in 2, always live
  %1 near: 2 B × [2, 16] at (v0, 2·v1 + v2 − 1), channels in blocks of 4, over 8 tiles: v1 of 8 by 2 in 4, v0·v3 of 10 in 2

steps
  # first, elementwise, forward
  exchange gather: %0 → %1
    2 B × [2, 16] at (v0, v1·v2), channels in blocks of 4, over 8 tiles: v1 of 8 by 2 in 4, v0·v3 of 10 in 2
      to [2, 16] at (v0, 2·v1 + v2 − 1), channels in blocks of 4, over 8 tiles: v1 of 8 by 2 in 4, v0·v3 of 10 in 2
  repeat 3 times
    compute activate: %1 → %1
      Unary { op: Sigmoid, element_type: F16, in_place: true }
      over [2, 16] at (v0, 2·v1 + v2 − 1), channels in blocks of 4, over 8 tiles: v1 of 8 by 2 in 4, v0·v3 of 10 in 2
";
        assert_eq!(program.to_string(), expected);
    }
}
