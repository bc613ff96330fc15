//! What a convolution is planned for.

use tilesim_terms::ConvolutionPass;

/// What a convolution is for: it decides where operands come from and so which rearrangements are charged.
///
/// The vendor's planner has a name for each (PopLibs `ConvOptions.hpp` `Pass`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose {
    /// Which pass of its layer it computes.
    pub pass: ConvolutionPass,
    /// Whether the layer is trained: the backward pass will want the weights too. Of a gradient it always is.
    pub trained: bool,
    /// Whether the layer is a fully connected one.
    pub fully_connected: bool,
}

impl Purpose {
    /// The output of a convolution that is not trained.
    pub const INFERENCE: Self = Self {
        pass: ConvolutionPass::Forward,
        trained: false,
        fully_connected: false,
    };

    /// A pass of a convolution that is trained.
    pub const fn training(pass: ConvolutionPass) -> Self {
        Self {
            pass,
            trained: true,
            fully_connected: false,
        }
    }

    /// The same of a fully connected layer.
    #[must_use]
    pub const fn of_fully_connected(self) -> Self {
        Self {
            fully_connected: true,
            ..self
        }
    }

    /// A pass of a joint plan: of a fully connected layer that is trained.
    pub const fn of_joint_plan(pass: ConvolutionPass) -> Self {
        Self::training(pass).of_fully_connected()
    }

    /// Whether this belongs to a fully connected layer that is trained.
    pub const fn trains_fully_connected(self) -> bool {
        self.fully_connected && self.trained
    }
}
