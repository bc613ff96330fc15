//! Operands: which elements of a tensor a cell of an iteration space touches.

use smallvec::SmallVec;

use crate::{Cuboid, Interval, Progressions, Region, region::join_runs};

/// Positions of a dimension that two variables touch together: those of an input by output and kernel positions of a convolution
/// or pooling, or those of a kernel by output and input positions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// Variable of the output position.
    pub output: u8,
    /// Variable of the kernel position.
    pub kernel: u8,
    /// Output stride; negative where the position falls as the output position rises.
    pub stride: i64,
    /// Distance of neighbouring kernel elements.
    pub kernel_dilation: u64,
    /// Distance of neighbouring input elements.
    pub input_dilation: u64,
    /// Zeros before the first (dilated) input element.
    pub padding_lower: i64,
    /// Whether positions that lie between those that are touched are left out. A kernel that slides is given whole stretches, from
    /// the first position to the last, what its stride passes over among them; what is folded into the channels is copied
    /// position by position.
    pub skips: bool,
}

impl Window {
    /// The position that an output and a kernel position touch together; `None` where that is between elements or before the
    /// first.
    pub fn position(&self, output: u64, kernel: u64) -> Option<u64> {
        let position = output.cast_signed() * self.stride + (kernel * self.kernel_dilation).cast_signed()
            - self.padding_lower;
        let position = u64::try_from(position).ok()?;
        position
            .is_multiple_of(self.input_dilation)
            .then(|| position / self.input_dilation)
    }

    /// The maximal intervals of the input (of the given size) that are touched, in order; sometimes one empty interval instead of
    /// none.
    fn runs(&self, output: Interval, kernel: Interval, size: u64) -> SmallVec<[Interval; 4]> {
        if let Some(run) = self.run(output, kernel, size) {
            return SmallVec::from_slice(&[run]);
        }
        let kernels = || kernel.start..kernel.end;
        let positions = (output.start..output.end)
            .flat_map(|output| kernels().filter_map(move |kernel| self.position(output, kernel)));
        let mut runs: SmallVec<[Interval; 4]> = positions
            .filter(|position| *position < size)
            .map(|position| Interval::new(position, position + 1))
            .collect();
        join_runs(&mut runs);
        runs
    }

    /// The interval of the input (of the given size) that is touched, where a glance tells that there is one at most.
    fn run(&self, output: Interval, kernel: Interval, size: u64) -> Option<Interval> {
        (!self.skips || self.is_gapless(output.len(), kernel.len())).then(|| self.cover(output, kernel, size))
    }

    /// Whether so many neighbouring outputs and kernel elements touch neighbouring positions: the steps of either are of one
    /// position, or the other fills them.
    fn is_gapless(&self, outputs: u64, kernels: u64) -> bool {
        let (stride, dilation) = (self.stride.unsigned_abs(), self.kernel_dilation);
        let filled = |count: u64, step: u64, others: u64, other_step: u64| {
            count <= 1 || step <= 1 || (other_step == 1 && step <= others)
        };
        filled(outputs, stride, kernels, dilation) && filled(kernels, dilation, outputs, stride)
    }

    /// The smallest interval of the input (of the given size) that holds all positions touched.
    fn cover(&self, output: Interval, kernel: Interval, size: u64) -> Interval {
        if output.is_empty() || kernel.is_empty() {
            return Interval::new(0, 0);
        }
        let (least, most) = if self.stride < 0 {
            (output.end - 1, output.start)
        } else {
            (output.start, output.end - 1)
        };
        let position = |output: u64, kernel: u64| {
            output.cast_signed() * self.stride + (kernel * self.kernel_dilation).cast_signed()
                - self.padding_lower
        };
        let first = position(least, kernel.start);
        let last = position(most, kernel.end - 1);
        if last < 0 {
            return Interval::new(0, 0);
        }
        let (start, end) = match self.input_dilation.cast_signed() {
            // Divisions take longer than all else here.
            1 => (first.max(0), last + 1),
            dilation => ((first.max(0) + dilation - 1) / dilation, last / dilation + 1),
        };
        Interval::new((start as u64).min(size), (end as u64).min(size))
    }
}

/// How one dimension of a tensor depends on the iteration space.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cover {
    /// The index is the mixed-radix number of these variables, outermost first; none: the whole dimension.
    Variables(SmallVec<[u8; 4]>),
    /// A window slides over the dimension.
    Window(Window),
    /// The index rises or falls evenly with a variable, piece by piece.
    Progressions(Progressions),
}

impl Cover {
    /// Whether no two indices of the variables that it depends on touch the same index of the dimension.
    pub(crate) fn is_injective(&self, sizes: &[u64]) -> bool {
        match self {
            Self::Variables(_) => true,
            Self::Window(window) => sizes[window.output as usize] == 1 || sizes[window.kernel as usize] == 1,
            Self::Progressions(progressions) => progressions.is_injective(),
        }
    }

    /// The intervals of the dimension (of the given size) that a box of the iteration space touches, in order; sometimes
    /// one empty interval instead of none.
    pub(crate) fn runs(&self, iteration: &[Interval], sizes: &[u64], size: u64) -> SmallVec<[Interval; 4]> {
        match (self.run(iteration, sizes, size), self) {
            (None, Self::Variables(many)) => runs(many, iteration, sizes, size),
            (None, Self::Progressions(own)) => own.runs(iteration[own.variable as usize]),
            (None, Self::Window(window)) => window.runs(
                iteration[window.output as usize],
                iteration[window.kernel as usize],
                size,
            ),
            (only, _) => only.into_iter().collect(),
        }
    }

    /// The interval of the dimension that a box of the iteration space touches, where a glance tells that there is one at most.
    pub(crate) fn run(&self, iteration: &[Interval], sizes: &[u64], size: u64) -> Option<Interval> {
        match self {
            Self::Window(window) => window.run(
                iteration[window.output as usize],
                iteration[window.kernel as usize],
                size,
            ),
            Self::Progressions(own) => own.run(iteration[own.variable as usize]),
            Self::Variables(variables) => match variables.as_slice() {
                [] => Some(Interval::full(size)),
                [variable] => Some(iteration[*variable as usize].intersect(Interval::full(size))),
                many => only_run(many, iteration, sizes).map(|run| run.intersect(Interval::full(size))),
            },
        }
    }

    /// The size of the dimension, or none to speak of where it depends on the variable `beyond`.
    pub(crate) fn bound(&self, size: u64, beyond: Option<u8>) -> u64 {
        if beyond.is_some_and(|variable| self.depends_on(variable)) {
            u64::MAX
        } else {
            size
        }
    }

    /// Whether the elements touched depend on the variable.
    pub fn depends_on(&self, variable: u8) -> bool {
        match self {
            Self::Variables(variables) => variables.contains(&variable),
            Self::Window(window) => window.output == variable || window.kernel == variable,
            Self::Progressions(progressions) => progressions.variable == variable,
        }
    }

    /// The index of the dimension (of the given size) that goes with values of all variables, if there is one: of a whole dimension
    /// only the first.
    pub fn at(&self, values: &[u64], sizes: &[u64], size: u64) -> Option<u64> {
        let index = match self {
            Self::Variables(variables) => variables.iter().fold(0, |index, variable| {
                index * sizes[*variable as usize] + values[*variable as usize]
            }),
            Self::Window(window) => {
                window.position(values[window.output as usize], values[window.kernel as usize])?
            }
            Self::Progressions(progressions) => progressions.at(values[progressions.variable as usize])?,
        };
        (index < size).then_some(index)
    }
}

/// A tensor as an iteration space touches it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Operand {
    /// Logical shape, such as `[N, C, H, W]`.
    pub shape: SmallVec<[u64; 5]>,
    /// One cover per dimension.
    pub covers: SmallVec<[Cover; 5]>,
}

impl Operand {
    /// Whether the elements touched depend on the variable.
    pub fn depends_on(&self, variable: u8) -> bool {
        self.covers.iter().any(|cover| cover.depends_on(variable))
    }

    /// The element that values of all variables, which have these sizes, touch, if there is one: of a dimension that does not depend on
    /// any the first.
    pub fn at(&self, values: &[u64], sizes: &[u64]) -> Option<SmallVec<[u64; 5]>> {
        let covers = self.covers.iter().zip(&self.shape);
        covers
            .map(|(cover, size)| cover.at(values, sizes, *size))
            .collect()
    }

    /// Elements of the tensor.
    pub fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Adds the elements that a box of the iteration space touches. A dimension that depends on the variable `beyond` is not bounded by
    /// its size: the last slice of it may be short.
    pub(crate) fn project(
        &self,
        iteration: &[Interval],
        sizes: &[u64],
        beyond: Option<u8>,
        region: &mut Region,
    ) {
        let mut boxes: SmallVec<[Cuboid; 4]> = SmallVec::new();
        boxes.push(Cuboid::new());
        for (cover, size) in self.covers.iter().zip(&self.shape) {
            let runs = cover.runs(iteration, sizes, cover.bound(*size, beyond));
            if let [run] = runs.as_slice() {
                for cuboid in &mut boxes {
                    cuboid.push(*run);
                }
                continue;
            }
            let mut product = SmallVec::new();
            for cuboid in &boxes {
                for run in &runs {
                    let mut longer = cuboid.clone();
                    longer.push(*run);
                    product.push(longer);
                }
            }
            boxes = product;
        }
        for cuboid in boxes {
            region.push_union(cuboid);
        }
    }
}

/// The only interval of a mixed-radix index whose digits lie in the given intervals, if it is one.
fn only_run(variables: &[u8], iteration: &[Interval], sizes: &[u64]) -> Option<Interval> {
    let (mut run, mut weight) = (Interval::new(0, 1), 1);
    for variable in variables.iter().rev() {
        let digit = iteration[*variable as usize];
        run = if run.start == 0 && run.end == weight {
            Interval::new(digit.start * weight, digit.end * weight)
        } else if digit.len() == 1 {
            Interval::new(run.start + digit.start * weight, run.end + digit.start * weight)
        } else {
            return None;
        };
        weight *= sizes[*variable as usize];
    }
    Some(run)
}

/// The maximal intervals of a mixed-radix index whose digits lie in the given intervals.
fn runs(variables: &[u8], iteration: &[Interval], sizes: &[u64], size: u64) -> SmallVec<[Interval; 4]> {
    let mut runs: SmallVec<[Interval; 4]> = SmallVec::new();
    runs.push(Interval::new(0, 1));
    // From the innermost digit outwards: repeat what is inside for every value of the digit, joining full neighbours.
    let mut weight = 1;
    for variable in variables.iter().rev() {
        let digit = iteration[*variable as usize];
        let whole = runs.len() == 1 && runs[0].start == 0 && runs[0].end == weight;
        if whole {
            runs[0] = Interval::new(digit.start * weight, digit.end * weight);
        } else {
            let inner = runs.clone();
            runs.clear();
            for value in digit.start..digit.end {
                runs.extend(
                    inner
                        .iter()
                        .map(|run| Interval::new(run.start + value * weight, run.end + value * weight)),
                );
            }
        }
        weight *= sizes[*variable as usize];
    }
    let full = Interval::full(size);
    for run in &mut runs {
        *run = run.intersect(full);
    }
    runs.retain(|run| !run.is_empty());
    runs
}
