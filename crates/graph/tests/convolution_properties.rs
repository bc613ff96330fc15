//! Properties of convolutions and of their gradients.

use proptest::prelude::*;
use tilesim_graph::Convolution;

#[derive(Debug, Clone)]
struct Dimension {
    input: u64,
    kernel: u64,
    stride: u64,
    input_dilation: u64,
    kernel_dilation: u64,
    lower: i64,
    upper: i64,
}

fn dimension() -> impl Strategy<Value = Dimension> {
    (
        1..20_u64,
        1..6_u64,
        1..4_u64,
        1..4_u64,
        1..4_u64,
        -3..4_i64,
        -3..4_i64,
    )
        .prop_map(
            |(input, kernel, stride, input_dilation, kernel_dilation, lower, upper)| Dimension {
                input,
                kernel,
                stride,
                input_dilation,
                kernel_dilation,
                lower,
                upper,
            },
        )
}

fn convolution() -> impl Strategy<Value = Convolution> {
    (
        1..4_u64,
        1..4_u64,
        1..4_u64,
        1..4_u64,
        prop::collection::vec(dimension(), 1..4),
    )
        .prop_map(|(batch, groups, inputs, outputs, dimensions)| Convolution {
            batch,
            conv_groups: groups,
            in_channels_per_group: inputs,
            out_channels_per_group: outputs,
            input: dimensions.iter().map(|d| d.input).collect(),
            kernel: dimensions.iter().map(|d| d.kernel).collect(),
            stride: dimensions.iter().map(|d| d.stride).collect(),
            input_dilation: dimensions.iter().map(|d| d.input_dilation).collect(),
            kernel_dilation: dimensions.iter().map(|d| d.kernel_dilation).collect(),
            padding_lower: dimensions.iter().map(|d| d.lower).collect(),
            padding_upper: dimensions.iter().map(|d| d.upper).collect(),
            flip_kernel: dimensions.iter().map(|_| false).collect(),
        })
        .prop_filter("the kernel fits", |convolution| convolution.validate().is_ok())
}

/// Pairs of output and kernel positions that meet an element, counted one by one.
fn pairs(convolution: &Convolution, d: usize) -> u64 {
    let elements: Vec<i64> = (0..convolution.input[d])
        .map(|i| (i * convolution.input_dilation[d]).cast_signed())
        .collect();
    (0..convolution.output()[d])
        .flat_map(|o| (0..convolution.kernel[d]).map(move |k| (o, k)))
        .filter(|(o, k)| {
            let position = (o * convolution.stride[d] + k * convolution.kernel_dilation[d]).cast_signed();
            elements.contains(&(position - convolution.padding_lower[d]))
        })
        .count() as u64
}

proptest! {
    #[test]
    fn macs_without_padding_are_the_pairs_that_meet(convolution in convolution()) {
        let channels = convolution.batch
            * convolution.conv_groups
            * convolution.in_channels_per_group
            * convolution.out_channels_per_group;
        let expected = (0..convolution.dimensions()).map(|d| pairs(&convolution, d)).product::<u64>() * channels;
        prop_assert_eq!(convolution.macs_without_padding(), expected);
        prop_assert!(expected <= convolution.macs());
    }

    #[test]
    fn the_input_gradient_has_the_input_s_shape(convolution in convolution()) {
        let gradient = convolution.input_gradient();
        prop_assert_eq!(gradient.output_shape(), convolution.input_shape());
        prop_assert_eq!(gradient.input_shape(), convolution.output_shape());
        prop_assert_eq!(gradient.weight_elements(), convolution.weight_elements());
        prop_assert_eq!(gradient.macs_without_padding(), convolution.macs_without_padding());
        prop_assert!(gradient.validate().is_ok());
    }

    #[test]
    fn the_weight_gradient_has_the_weights_shape(convolution in convolution()) {
        let gradient = convolution.weight_gradient();
        prop_assert_eq!(gradient.out_elements(), convolution.weight_elements());
        prop_assert_eq!(gradient.output(), convolution.kernel.clone());
        prop_assert_eq!(gradient.in_elements(), convolution.in_elements());
        prop_assert_eq!(gradient.weight_elements(), convolution.out_elements());
        prop_assert_eq!(gradient.macs(), convolution.macs());
        prop_assert_eq!(gradient.macs_without_padding(), convolution.macs_without_padding());
    }

    #[test]
    fn the_gradient_of_the_gradient_is_the_convolution(convolution in convolution()) {
        let twice = convolution.input_gradient().input_gradient();
        prop_assert_eq!(&twice.padding_lower, &convolution.padding_lower);
        prop_assert_eq!(twice.output_shape(), convolution.output_shape());
        prop_assert_eq!(twice.flip_kernel, convolution.flip_kernel);
    }

    #[test]
    fn same_padding_divides_the_input_by_the_stride(input in 1..600_u64, kernel in 1..8_u64, stride in 1..4_u64) {
        let convolution = Convolution::new(1, 1, 1, &[input], &[kernel]).strided(stride).same_padded();
        prop_assert_eq!(convolution.output()[0], input.div_ceil(stride));
        let (lower, upper) = (convolution.padding_lower[0], convolution.padding_upper[0]);
        prop_assert!(lower <= upper && upper <= lower + 1);
    }
}
