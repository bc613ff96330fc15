//! Placements rewritten over fewer dimensions: what is always cut together is one coordinate.

use smallvec::{SmallVec, smallvec};

use crate::{Axis, Cover, Grid, Interval, Placement, Sharing};

/// Which dimensions may become one coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fusion {
    /// Any, if no cell is shared out.
    All,
    /// Any but dimension 1, whose indices are to be counted.
    Positions,
    /// Any but dimensions 0 and 1.
    Field,
}

/// A placement over coordinates, each of which is a dimension of the tensor or several of them, flattened.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    /// The placement.
    pub(crate) placement: &'a Placement,
    /// How it shares cells out.
    pub(crate) sharing: Sharing,
    /// Size of each coordinate.
    pub(crate) shape: SmallVec<[u64; 5]>,
    /// How each coordinate depends on the iteration space.
    pub(crate) covers: SmallVec<[Cover; 5]>,
    /// The coordinate that is dimension 1 alone.
    pub(crate) channel: Option<usize>,
    /// Indices of coordinate 0 for each index of dimension 0.
    pub(crate) sample_stride: u64,
}

impl View<'_> {
    /// How the iteration space is cut.
    pub(crate) fn grid(&self) -> &Grid {
        &self.placement.grid
    }

    /// Whether a coordinate depends on an axis.
    pub(crate) fn touches(&self, axis: &Axis, coordinate: usize) -> bool {
        axis.variables
            .iter()
            .any(|variable| self.covers[coordinate].depends_on(*variable))
    }

    /// Makes the dimensions of a group one coordinate, in the place of the first.
    fn fuse(&mut self, group: &[usize], variables: SmallVec<[u8; 4]>) {
        let Some((first, rest)) = group.split_first() else {
            return;
        };
        let inner: u64 = rest.iter().map(|dimension| self.shape[*dimension]).product();
        self.shape[*first] *= inner;
        self.covers[*first] = Cover::Variables(variables);
        for dimension in rest.iter().rev() {
            self.shape.remove(*dimension);
            self.covers.remove(*dimension);
        }
        if *first == 0 {
            self.sample_stride = inner;
            if rest.contains(&1) {
                self.channel = None;
            }
        }
    }
}

/// The placements over the same coordinates, as few as all of them allow.
pub(crate) fn views<const COUNT: usize>(
    placements: [&Placement; COUNT],
    fusion: Fusion,
) -> [View<'_>; COUNT] {
    let rank = placements
        .iter()
        .map(|placement| placement.operand.shape.len())
        .max()
        .unwrap_or(0)
        .max(1);
    let mut views = placements.map(|placement| plain(placement, rank));
    let positions = || (0..rank).filter(|dimension| *dimension != 1);
    let unshared = views.iter().all(|view| view.sharing == Sharing::NONE);
    let whole_positions = views.iter().all(|view| view.sharing.positions == 1);
    let mut groups: SmallVec<[SmallVec<[usize; 5]>; 3]> = SmallVec::new();
    if unshared && fusion == Fusion::All {
        groups.push((0..rank).collect());
    }
    if fusion != Fusion::Field {
        groups.push(positions().collect());
    }
    if whole_positions {
        groups.push((2..rank).collect());
    }
    for group in groups.into_iter().filter(|group| group.len() > 1) {
        let variables: SmallVec<[_; 2]> = views
            .iter()
            .filter_map(|view| fused_variables(view, &group))
            .collect();
        // Flattened indices agree only if the sizes do.
        let shapes = |view: &View<'_>| {
            group
                .iter()
                .map(|dimension| view.shape[*dimension])
                .collect::<SmallVec<[u64; 5]>>()
        };
        let alike = views.iter().all(|view| shapes(view) == shapes(&views[0]));
        if variables.len() == COUNT && alike {
            for (view, variables) in views.iter_mut().zip(variables) {
                view.fuse(&group, variables);
            }
            break;
        }
    }
    views
}

/// One coordinate per dimension.
fn plain(placement: &Placement, rank: usize) -> View<'_> {
    let operand = &placement.operand;
    let mut shape = operand.shape.clone();
    let mut covers: SmallVec<[Cover; 5]> = operand
        .covers
        .iter()
        .zip(&shape)
        .map(|(cover, size)| simplified(cover, *size, &placement.grid))
        .collect();
    shape.resize(rank, 1);
    covers.resize(rank, Cover::Variables(SmallVec::new()));
    View {
        placement,
        sharing: placement.sharing(),
        shape,
        covers,
        channel: (operand.shape.len() > 1).then_some(1),
        sample_stride: 1,
    }
}

/// A window over a kernel of one element that visits every position once is no window.
fn simplified(cover: &Cover, size: u64, grid: &Grid) -> Cover {
    match cover {
        Cover::Window(window)
            if window.stride == 1
                && window.input_dilation == 1
                && window.padding_lower == 0
                && grid.sizes[window.kernel as usize] == 1
                && grid.sizes[window.output as usize] == size
                && !grid
                    .axes
                    .iter()
                    .any(|axis| axis.variables.contains(&window.kernel)) =>
        {
            Cover::Variables(smallvec![window.output])
        }
        other => other.clone(),
    }
}

/// The variables whose mixed-radix number is the flattened index of the dimensions of a group, if the index is cut by one
/// axis at most and every part is one interval of it.
fn fused_variables(view: &View<'_>, group: &[usize]) -> Option<SmallVec<[u8; 4]>> {
    let grid = view.grid();
    let mut variables: SmallVec<[u8; 4]> = SmallVec::new();
    for dimension in group {
        let Cover::Variables(own) = &view.covers[*dimension] else {
            return None;
        };
        let size: u64 = own
            .iter()
            .map(|variable| grid.sizes[*variable as usize])
            .product();
        if size != view.shape[*dimension] {
            return None;
        }
        variables.extend(own.iter().copied());
    }
    let repeated = (1..variables.len()).any(|index| variables[..index].contains(&variables[index]));
    let mut axes = grid
        .axes
        .iter()
        .filter(|axis| axis.variables.iter().any(|variable| variables.contains(variable)));
    let one_run = match (axes.next(), axes.next()) {
        (None, _) => true,
        (Some(axis), None) => interval_scale(axis, &variables, grid).is_some(),
        (Some(_), Some(_)) => false,
    };
    let joined = (0..view.covers.len())
        .filter(|dimension| !group.contains(dimension))
        .any(|dimension| {
            let cut_together = |axis: &Axis| {
                axis.variables.iter().any(|variable| variables.contains(variable))
                    && view.touches(axis, dimension)
            };
            variables
                .iter()
                .any(|variable| view.covers[dimension].depends_on(*variable))
                || grid.axes.iter().any(cut_together)
        });
    (!repeated && one_run && !joined).then_some(variables)
}

/// Factors between the index of an axis and a mixed-radix number of which every part of the axis is one interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IntervalScale {
    /// Numbers for each index of the axis.
    pub(crate) numbers: u64,
    /// Indices of the axis for each number.
    pub(crate) indices: u64,
}

impl IntervalScale {
    /// The numbers that an interval of the axis touches.
    pub(crate) fn apply(self, interval: Interval) -> Interval {
        if interval.is_empty() {
            return interval;
        }
        Interval::new(
            interval.start / self.indices * self.numbers,
            interval.end.div_ceil(self.indices) * self.numbers,
        )
    }
}

/// How the parts of an axis are intervals of the mixed-radix number of the variables, if they are: the axis flattens the
/// outermost of them, or all of them outside of others (variables of size 1 aside).
pub(crate) fn interval_scale(axis: &Axis, variables: &[u8], grid: &Grid) -> Option<IntervalScale> {
    let size = |variable: &u8| grid.sizes[*variable as usize];
    let mut of_axis = axis
        .variables
        .iter()
        .filter(|variable| size(variable) != 1)
        .peekable();
    let mut of_number = variables.iter().filter(|variable| size(variable) != 1).peekable();
    let mut any = false;
    while let (Some(left), Some(right)) = (of_axis.peek(), of_number.peek()) {
        if left != right {
            return None;
        }
        of_axis.next();
        of_number.next();
        any = true;
    }
    any.then(|| IntervalScale {
        numbers: of_number.map(size).product(),
        indices: of_axis.map(size).product(),
    })
}
