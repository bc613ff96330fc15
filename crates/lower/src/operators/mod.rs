//! Every operator but the convolution: one file each.

pub(crate) mod activation;
pub(crate) mod binary;
mod elementwise;
pub(crate) mod global_average_pool;
pub(crate) mod norm;
pub(crate) mod pool;
pub(crate) mod pool_gradient;
mod pool_space;
pub(crate) mod proxy_activation;
mod reduce;
pub(crate) mod reduce_dimensions;
pub(crate) mod reshape;
pub(crate) mod scaled_add;
pub(crate) mod softmax;
