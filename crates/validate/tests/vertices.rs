//! The vendor's count of every kernel against its own tables.

#![allow(clippy::print_stdout, reason = "how many rows are exact")]

use std::path::Path;

use tilesim_codelets::{
    Count,
    convolution::{self, cost},
};
use tilesim_test_support::{machines::table_mk2, reference};
use tilesim_validate::{
    row::Row,
    vendor_table,
    vertices::{Predicted, convolution_vertex, machine_of, predict},
};

const CONVOLUTIONS: [&str; 6] = [
    "ConvPartial1x1Out",
    "ConvPartialnx1",
    "ConvPartial1x4SLIC",
    "ConvPartialVerticalMac",
    "ConvPartialHorizontalMac",
    "OuterProduct",
];

const REDUCTIONS: [&str; 4] = [
    "ReduceAdd",
    "PlannerConvReduce",
    "PlannerCast",
    "PlannerZeroPartials",
];

const VECTORS: [&str; 18] = [
    "UnaryOp1D",
    "BinaryOp1D",
    "NonLinearity1D",
    "BroadcastVectorInner1D",
    "Cast1D",
    "BroadcastScalar1D",
    "BroadcastVectorOuter1D",
    "Fill_worker",
    "ScaledAdd",
    "Select_worker",
    "DynamicSlice1D",
    "Transpose",
    "PopopsReduce_worker",
    "Pooling",
    "InverseStdDeviation_worker",
    "LossCrossEntropyTransform_worker",
    "NonLinearityGrad1D",
    "NonLinearity2D_worker",
];

/// Calls `visit` with every row of the table `name`.
fn each_row(folder: &Path, name: &str, mut visit: impl FnMut(&Row<'_>)) {
    let file = folder.join(format!("{name}_open.csv"));
    let visited = vendor_table::read(&file, |placed| {
        visit(&placed.row);
        Ok(())
    });
    visited.expect("a readable table");
}

/// Predicted and given cycles of every row of the table `name`.
fn predictions(folder: &Path, name: &str, count: Count) -> Vec<Predicted> {
    let machine = table_mk2();
    let mut predictions = Vec::new();
    each_row(folder, name, |row| {
        predictions.push(predict(&machine, row, count).expect("a row of the vendor's tables is legal"));
    });
    predictions
}

#[test]
fn every_row_of_the_vendors_tables_is_exact() {
    let Some(folder) = reference::path("vendor/vertices") else {
        return;
    };
    for name in CONVOLUTIONS.iter().chain(&REDUCTIONS).chain(&VECTORS) {
        let rows = predictions(&folder, name, Count::Vendor);
        let wrong = rows.iter().filter(|row| row.predicted != row.given).count();
        println!("{name}: {} of {} rows exact", rows.len() - wrong, rows.len());
        assert_eq!(wrong, 0, "{name}");
    }
}

/// What the planner leaves out of AMP n×1, the vendor's vertex charges.
#[test]
fn the_machines_count_of_amp_nx1_is_that_of_the_vendors_vertex() {
    let Some(folder) = reference::path("vendor/vertices") else {
        return;
    };
    each_row(&folder, "ConvPartialnx1", |row| {
        let machine = machine_of(&table_mk2(), row).expect("a machine");
        let vertex = convolution_vertex("ConvPartialnx1", row)
            .expect("a kernel")
            .expect("a vertex");
        let cycles = convolution::cycles(&machine, &vertex, Count::Machine).expect("a legal vertex");
        assert_eq!(cycles, row.u64("cycles_vertex").expect("cycles"), "{vertex:?}");
    });
}

#[test]
fn multiply_accumulates_are_those_of_the_tables() {
    let Some(folder) = reference::path("vendor/vertices") else {
        return;
    };
    for name in CONVOLUTIONS {
        each_row(&folder, name, |row| {
            let machine = machine_of(&table_mk2(), row).expect("a machine");
            let vertex = convolution_vertex(name, row)
                .expect("a kernel")
                .expect("a vertex");
            let cost = cost(&machine, &vertex, Count::Machine).expect("a legal vertex");
            // The tables count the zeros between dilated inputs as if they were inputs.
            let zeros: u64 = vertex
                .input_dilation
                .iter()
                .zip(&vertex.stride)
                .map(|(dilation, stride)| (dilation / stride).max(1))
                .product();
            assert_eq!(cost.macs, row.u64("macs").expect("macs") / zeros, "{vertex:?}");
        });
    }
}

/// Without exceeding what the units can do, whatever the count.
#[test]
fn the_breakdown_of_every_row_adds_up_and_its_useful_part_is_ideal() {
    let Some(folder) = reference::path("vendor/vertices") else {
        return;
    };
    for name in CONVOLUTIONS {
        each_row(&folder, name, |row| {
            let machine = machine_of(&table_mk2(), row).expect("a machine");
            let vertex = convolution_vertex(name, row)
                .expect("a kernel")
                .expect("a vertex");
            for count in [Count::Vendor, Count::Machine] {
                let cost = cost(&machine, &vertex, count).expect("a legal vertex");
                let total = convolution::cycles(&machine, &vertex, count).expect("a legal vertex");
                assert_eq!(cost.cycles.total(), total, "{vertex:?}");
                let peak = machine
                    .peak_macs_per_cycle(vertex.input_type, vertex.partials_type)
                    .expect("a peak");
                assert_eq!(cost.cycles.useful, cost.macs.div_ceil(peak), "{vertex:?}");
                assert!(cost.cycles.overhead > 0, "{vertex:?}");
            }
        });
    }
}
