//! Values of fields that specifications leave out.

use tilesim_graph::NormKind;

use super::{ActivationName, NormName};

pub(super) const fn one() -> u64 {
    1
}

pub(super) const fn six() -> u64 {
    6
}

pub(super) const fn unit() -> f64 {
    1.0
}

/// Pixels of the images of `ImageNet` as most networks take them.
pub(super) const fn resolution() -> u64 {
    224
}

/// Classes of `ImageNet`.
pub(super) const fn thousand() -> u64 {
    1000
}

pub(super) const fn batch_norm() -> NormName {
    NormName {
        kind: NormKind::Batch,
        proxy: false,
    }
}

pub(super) const fn swish() -> ActivationName {
    ActivationName::Swish
}

pub(super) const fn relu() -> ActivationName {
    ActivationName::Relu
}

pub(super) const fn relu6() -> ActivationName {
    ActivationName::Relu6
}

pub(super) const fn hard_swish() -> ActivationName {
    ActivationName::HardSwish
}

pub(super) const fn layer_norm() -> NormName {
    NormName {
        kind: NormKind::LAYER,
        proxy: false,
    }
}

pub(super) const fn gelu() -> ActivationName {
    ActivationName::Gelu
}
