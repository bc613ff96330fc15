//! A plan in one line.

use std::fmt::Write;

use tilesim_planner::{Method, Plan};

/// Such as `AMP 16 units (1,16,16), tiles 1440 = field 12×10 · out 12`.
pub(crate) fn describe(plan: &Plan) -> String {
    let mut text = plan.method.kind().name().to_owned();
    let grouping = plan.grouping;
    match plan.method {
        Method::Amp { conv_units } => push(&mut text, format_args!(" {conv_units} units")),
        Method::Slic { conv_chains } => push(&mut text, format_args!(" {conv_chains} chains")),
        Method::VerticalMac | Method::HorizontalMac | Method::OuterProduct => {}
    }
    push(
        &mut text,
        format_args!(
            " ({},{},{})",
            grouping.conv_groups, grouping.in_channels, grouping.out_channels
        ),
    );
    let transforms = &plan.transforms;
    if plan.joint.is_some() {
        text.push_str(", joint");
    }
    if transforms.swap_operands {
        text.push_str(", operands swapped");
    }
    if !transforms.expand_dims.is_empty() {
        text.push_str(", kernel into channels");
    }
    if transforms.combine_conv_groups > 1 {
        push(
            &mut text,
            format_args!(", {} groups combined", transforms.combine_conv_groups),
        );
    }
    let partition = &plan.partition;
    for (what, slices) in [
        ("in", partition.in_channel_serial),
        ("out", partition.out_channel_serial),
    ] {
        if slices > 1 {
            push(&mut text, format_args!(", {slices} slices of {what}"));
        }
    }
    push(&mut text, format_args!(", tiles {}", partition.tiles()));
    let field = product_of(&partition.field);
    let kernel = product_of(&partition.kernel);
    let mut separator = " = ";
    for (what, parts) in [
        ("batch", partition.batch.to_string()),
        ("field", field),
        ("groups", partition.conv_group.to_string()),
        ("in", partition.in_channel_parallel.to_string()),
        ("out", partition.out_channel_parallel.to_string()),
        ("kernel", kernel),
    ] {
        if parts != "1" {
            push(&mut text, format_args!("{separator}{what} {parts}"));
            separator = " · ";
        }
    }
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
}

fn product_of(parts: &[u64]) -> String {
    if parts.iter().all(|&part| part == 1) {
        return "1".to_owned();
    }
    parts.iter().map(u64::to_string).collect::<Vec<_>>().join("×")
}
