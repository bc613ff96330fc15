//! Memory: the peak is the most that lives anywhere at any time.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use proptest::prelude::*;
use smallvec::{SmallVec, smallvec};
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Spare};
use tilesim_lower::LowerOptions;
use tilesim_machine::Machine;
use tilesim_program::{Action, Control, HostDirection, Program, Step, StepId, Variable, VariableId, Vertex};
use tilesim_sim::{GeometrySource, Profile, Resident, simulate};
use tilesim_test_support::machines::mk2;

use crate::run::{cases, run};

/// Bytes that live on every tile while each step runs, from the program alone.
fn live_bytes(program: &Program, machine: &Machine) -> Vec<Vec<u64>> {
    let tiles = machine.tiles as usize;
    let mut order: Vec<StepId> = Vec::new();
    program.control.visit(&mut |step, _| order.push(step));
    let mut live = vec![vec![0; tiles]; order.len()];
    for (index, variable) in program.variables.iter().enumerate() {
        let uses = order.iter().enumerate().filter(|(_, step)| {
            let step = &program.steps[step.0 as usize];
            step.touches().any(|used| used.0 as usize == index)
        });
        let visits: Vec<usize> = uses.map(|(visit, _)| visit).collect();
        let (first, last) = match (variable.always_live, visits.first(), visits.last()) {
            (true, ..) => (0, order.len() - 1),
            (false, Some(first), Some(last)) => (*first, *last),
            (false, ..) => continue,
        };
        let (mut first, mut last) = (first, last);
        for (begin, end) in program.control.loops() {
            let touches = first <= end && last >= begin;
            if touches && !(first >= begin && last <= end) {
                (first, last) = (first.min(begin), last.max(end));
            }
        }
        for tile in 0..variable.placement.grid.tiles() {
            let bytes = variable.bytes(variable.placement.extent(tile));
            for live in &mut live[first..=last] {
                live[tile as usize] += bytes;
            }
        }
    }
    for (tile, code) in code(program, machine).into_iter().enumerate() {
        for live in &mut live {
            live[tile] += code;
        }
    }
    live
}

/// The steps that have code of their own: those outside of functions, and of all calls the one that does an action most often.
fn with_code(program: &Program) -> Vec<&Step> {
    let mut most: HashMap<&Action, usize> = HashMap::new();
    let mut kept = Vec::new();
    for (index, step) in program.steps.iter().enumerate() {
        let alike = |other: &&Step| other.call == step.call && other.action == step.action;
        let times = program.steps[..=index].iter().filter(alike).count();
        let most = most.entry(&step.action).or_default();
        if step.call.is_none() {
            kept.push(step);
        } else if times > *most {
            *most = times;
            kept.push(step);
        }
    }
    kept
}

/// One word of code for every sender, of which there are no more than words received; the state of vertices; control of every
/// step; and the kernels that each tile runs.
fn code(program: &Program, machine: &Machine) -> Vec<u64> {
    let word = u64::from(machine.exchange_bytes_per_cycle);
    let steps = with_code(program);
    let control = steps.len() as u64 * u64::from(machine.step_code_bytes);
    let mut code = vec![control; machine.tiles as usize];
    let mut kernels: Vec<HashSet<Vertex>> = vec![HashSet::new(); code.len()];
    for step in steps {
        let movements = match &step.action {
            Action::Exchange(movements) => movements,
            Action::Compute(work) => {
                let by_tile = work.by_tile();
                let vertices = by_tile.iter().flatten();
                let most = vertices.map(|vertex| state_bytes(machine, step, vertex)).max();
                let run: HashSet<Vertex> = by_tile.iter().flatten().map(Vertex::kernel).collect();
                for ((code, kernels), vertex) in code.iter_mut().zip(&mut kernels).zip(&by_tile) {
                    if vertex.is_some() {
                        *code += most.unwrap_or(0);
                        kernels.extend(run.iter().cloned());
                    }
                }
                continue;
            }
            Action::Host { .. } | Action::Replicas { .. } => continue,
        };
        let mut received = vec![(0, 0); code.len()];
        for movement in movements {
            for (sum, tile) in received.iter_mut().zip(movement.by_tile(2)) {
                *sum = (sum.0 + tile.senders, sum.1 + tile.received_bytes);
            }
        }
        for (code, (senders, bytes)) in code.iter_mut().zip(received) {
            *code += senders.min(bytes.div_ceil(word)) * u64::from(machine.exchange_sender_code_bytes);
        }
    }
    for (code, kernels) in code.iter_mut().zip(kernels) {
        *code += kernels.len() as u64 * u64::from(machine.kernel_code_bytes);
    }
    code
}

/// Pointers and worklists of convolutions; of others a pointer to each variable, and a count.
fn state_bytes(machine: &Machine, step: &Step, vertex: &Vertex) -> u64 {
    match vertex {
        Vertex::Convolution(vertex) => {
            tilesim_codelets::convolution::state_bytes(machine, vertex).expect("a legal kernel")
        }
        Vertex::ReduceAdd(_) | Vertex::Vector(_) => {
            let mut used: Vec<VariableId> = step.reads.iter().chain(&step.writes).copied().collect();
            used.sort_unstable();
            used.dedup();
            4 * (used.len() as u64 + 1)
        }
    }
}

/// What must hold between the figures of any profile.
pub(crate) fn check(profile: &Profile) -> Result<(), TestCaseError> {
    let memory = &profile.memory;
    let live_bytes = memory.peak_bytes - memory.gap_bytes;
    prop_assert!(memory.peak_bytes >= memory.always_live_bytes);
    prop_assert_eq!(memory.fits, memory.peak_bytes <= memory.tile_bytes);
    prop_assert_eq!(memory.peak_live_bytes_by_tile.len() as u64, profile.tiles);
    prop_assert_eq!(
        memory.peak_live_bytes_by_tile.iter().copied().max(),
        Some(live_bytes)
    );
    prop_assert_eq!(
        memory.peak_live_bytes_by_tile[memory.peak_tile as usize],
        live_bytes
    );
    prop_assert_eq!(
        profile.steps.iter().map(|step| step.fullest_tile_bytes).max(),
        Some(live_bytes)
    );
    prop_assert_eq!(profile.steps[memory.peak_step].fullest_tile_bytes, live_bytes);
    let of_always_live = |resident: &&Resident| resident.always_live;
    let residents = memory.residents.iter();
    prop_assert_eq!(
        residents
            .clone()
            .filter(of_always_live)
            .map(|resident| resident.bytes)
            .sum::<u64>(),
        memory.always_live_bytes
    );
    let residents: u64 = residents.map(|resident| resident.bytes).sum();
    prop_assert_eq!(
        residents,
        memory.peak_bytes,
        "on tile {} at step {}",
        memory.peak_tile,
        memory.peak_step
    );
    Ok(())
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn the_peak_is_the_most_that_lives_at_once(run in run()) {
        check(&run.profile)?;
        let live = live_bytes(&run.program, &run.machine);
        for (step, tiles) in run.profile.steps.iter().zip(&live) {
            prop_assert_eq!(Some(step.fullest_tile_bytes), tiles.iter().copied().max(), "{}", &step.name);
        }
        let memory = &run.profile.memory;
        let at_peak = live[memory.peak_step][memory.peak_tile as usize];
        prop_assert_eq!(at_peak + memory.gap_bytes, memory.peak_bytes);
    }

    /// Memory that suffices is enough whatever its size; a byte less is not.
    #[test]
    fn a_program_fits_exactly_into_its_peak(run in run()) {
        let peak = run.profile.memory.peak_bytes;
        for (bytes, fits) in [(peak, true), (peak - 1, false)] {
            let mut machine = run.machine.clone();
            machine.tile_memory_bytes = bytes;
            let memory = simulate(&run.program, &machine, GeometrySource::Own).expect("the same program").memory;
            prop_assert_eq!((memory.fits, memory.peak_bytes), (fits, peak));
        }
    }
}

/// A placement of so many elements over so many tiles.
fn spread(elements: u64, tiles: u64) -> Placement {
    Placement {
        grid: Arc::new(Grid::new(&[elements], [Axis::single(0, 1, tiles)])),
        operand: Arc::new(Operand {
            shape: SmallVec::from_slice(&[elements]),
            covers: smallvec![Cover::Variables(smallvec![0])],
        }),
        spare: Spare::Shared,
        channel_block: 1,
    }
}

/// Of two tiles that need as much at different times, the one that is named needs it at the step that is named.
#[test]
fn peak_tile_and_peak_step_belong_together() {
    let variable = |name: &str, placement| Variable {
        name: name.to_owned(),
        always_live: false,
        placement,
        element_bytes: 2,
        source: None,
    };
    let step = |variable| Step {
        name: "receive".to_owned(),
        layer: 0,
        action: Action::Host {
            direction: HostDirection::In,
            bytes: 4,
        },
        reads: Vec::new(),
        writes: vec![VariableId(variable)],
        workspace: Vec::new(),
        call: None,
    };
    let program = Program {
        name: "two tiles".to_owned(),
        layers: Vec::new(),
        // Tile 1 has the larger part of the first, tile 0 all of the second.
        variables: vec![variable("first", spread(3, 2)), variable("second", spread(2, 1))],
        steps: vec![step(0), step(1)],
        tensors: Vec::new(),
        control: Control::Sequence(vec![Control::Step(StepId(0)), Control::Step(StepId(1))]),
        precision: LowerOptions::default().precision,
        io_tiles: 0,
        batches_per_step: None,
    };
    let machine = Machine {
        step_code_bytes: 0,
        ..mk2()
    };
    let profile = simulate(&program, &machine, GeometrySource::Own).expect("a profile");
    let memory = profile.memory;
    // Addresses are of whole data paths.
    let (peak_bytes, gap_bytes) = (memory.peak_bytes, memory.gap_bytes);
    assert_eq!(
        (peak_bytes, gap_bytes, memory.peak_tile, memory.peak_step),
        (8, 4, 1, 0)
    );
    let residents: Vec<_> = memory
        .residents
        .iter()
        .map(|resident| (resident.name.as_str(), resident.bytes))
        .collect();
    assert_eq!(residents, [("first", 4), ("gaps between variables", 4)]);
}
