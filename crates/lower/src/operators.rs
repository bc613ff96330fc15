//! Every operator but the convolution: one file each.

pub(crate) mod activation;
pub(crate) mod activation_gradient;
mod bias;
pub(crate) mod binary;
pub(crate) mod broadcast;
pub(crate) mod cast;
mod channel_slice;
pub(crate) mod concat;
pub(crate) mod cross_entropy;
mod elementwise;
pub(crate) mod fill;
pub(crate) mod global_average_pool;
pub(crate) mod moving_average;
pub(crate) mod norm;
pub(crate) mod norm_gradient;
pub(crate) mod optimiser;
pub(crate) mod pool;
pub(crate) mod pool_gradient;
mod pool_space;
mod proxy;
pub(crate) mod proxy_activation;
pub(crate) mod proxy_statistics;
pub(crate) mod proxy_statistics_gradient;
pub(crate) mod random_mask;
mod reduce;
pub(crate) mod reduce_dimensions;
pub(crate) mod reduction;
pub(crate) mod reshape;
pub(crate) mod scale;
pub(crate) mod scaled_add;
pub(crate) mod slice;
pub(crate) mod softmax;
mod statistics;
mod sum;

pub(crate) use bias::add_bias;
pub(crate) use sum::{accumulate, clear};
