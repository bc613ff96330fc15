//! Joint plans of fully connected layers against the vendor's own.

use tilesim_codelets::Count;
use tilesim_planner::{PlanCost, Purpose};
use tilesim_terms::ConvolutionPass;
use tilesim_validate::plans::PlannedRow;

use crate::planned_rows::{machine_of, planned_rows};

/// The rows of fully connected layers that are trained.
fn trained() -> Option<Vec<PlannedRow>> {
    let rows = planned_rows("effnet_planned_open.csv")?.into_iter();
    Some(
        rows.filter(|row| row.options.purpose.trains_fully_connected())
            .collect(),
    )
}

/// What the tables charge for exchange and reduction, which no version of the cost function counts differently.
fn exact_terms(cost: &PlanCost) -> [u64; 8] {
    [
        cost.exchange_input,
        cost.exchange_weights,
        cost.exchange_reduce_first,
        cost.exchange_reduce_rest,
        cost.reduce,
        cost.convolution_bytes,
        cost.reduce_bytes,
        cost.tiles_used,
    ]
}

/// Every row of a joint plan repeats the plan of the forward pass: what it costs is that of the plan which follows for its own pass.
#[test]
fn gradients_follow_from_the_forward_plan_as_the_vendors_do() {
    let Some(rows) = trained() else { return };
    let joint: Vec<_> = rows.iter().filter(|row| row.joint.is_some()).collect();
    assert_eq!(joint.len(), 30);
    for row in joint {
        let machine = machine_of(row);
        let cost = tilesim_planner::cost(&machine, &row.convolution, &row.options, &row.plan, Count::Vendor);
        let cost = cost.expect("a legal plan");
        assert_eq!(exact_terms(&cost), exact_terms(&row.given), "{row:?}");
        // That version rounded up to whole elements and field grains, and both operands at once.
        for (ours, given) in [
            (cost.transform_copy, row.given.transform_copy),
            (cost.transform_exchange, row.given.transform_exchange),
        ] {
            assert!(ours.abs_diff(given) <= 2, "{ours} for {given}: {row:?}");
        }
        // It computed blocks of 8 channels with the kernel for 1×1 too.
        if row.plan.grouping.in_channels == 16 {
            assert!(cost.compute.abs_diff(row.given.compute) <= 5, "{row:?}");
        }
    }
}

/// What a separate plan is charged for because weights do not stay: with it, the cheapest of all plans is the one that the vendor's
/// exact solver chose.
#[test]
fn separate_plans_are_the_vendors() {
    let Some(rows) = trained() else { return };
    for row in rows.iter().filter(|row| row.joint.is_none()) {
        let machine = machine_of(row);
        let given = tilesim_planner::cost(&machine, &row.convolution, &row.options, &row.plan, Count::Vendor);
        let given = given.expect("a legal plan");
        let found =
            tilesim_planner::plan(&machine, &row.convolution, &row.options, Count::Vendor).expect("a plan");
        let (found, given) = (found.cost.cycles(), given.cycles());
        assert!(
            found <= given && found + 1 >= given,
            "{found} for {given}: {row:?}"
        );
        assert!(
            given.abs_diff(row.given_cycles) * 100 <= row.given_cycles,
            "{row:?}"
        );
    }
}

#[test]
fn no_joint_plan_of_the_vendor_is_cheaper() {
    let Some(rows) = trained() else { return };
    for row in &rows {
        let Some(layer) = &row.joint else { continue };
        let machine = machine_of(row);
        let costs = layer
            .costs(&machine, &row.options, Count::Vendor)
            .expect("legal plans");
        let options = row.options_that_admit(&costs, &machine);
        let found = tilesim_planner::plan_jointly(&machine, &layer.forward, &options, Count::Vendor)
            .expect("a valid layer")
            .expect("a plan");
        let given: u64 = costs.iter().map(PlanCost::cycles).sum();
        assert!(found.cycles() <= given, "{} for {given}: {row:?}", found.cycles());
        if row.options.purpose == Purpose::of_joint_plan(ConvolutionPass::Forward) {
            println!(
                "{} {}→{}: {} for {given}",
                layer.forward.batch,
                layer.forward.in_channels_per_group,
                layer.forward.out_channels_per_group,
                found.cycles()
            );
        }
    }
}
