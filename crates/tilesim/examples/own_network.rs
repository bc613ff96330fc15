//! Networks without files: a specification that is changed in code, and a graph that is built operator by operator.
#![allow(clippy::print_stdout)]

use tilesim::{
    Error, MachineVariant, Network, Simulation, Simulator,
    graph::{Activation, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind},
};

/// A convolution of 3×3 and a classifier, for images of 32×32.
fn small_network(batch: u64) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("small", ElementType::F16);
    builder.layer("stem", "stem", LayerKind::Conv);
    let image = builder.input("image", vec![batch, 3, 32, 32], ElementType::F16)?;
    let geometry = Convolution::new(batch, 3, 16, &[32, 32], &[3, 3]).padded(1);
    let weights = builder.parameter("stem/weights", geometry.weight_shape())?;
    let convolved = builder.convolution("stem/convolution", geometry, image, weights, None)?;
    let activated = builder.activation("stem/activation", Activation::Relu, convolved)?;
    let pooled = builder.global_average_pool("pool", activated)?;
    builder.finish(vec![pooled])
}

fn main() -> Result<(), Error> {
    let simulator = Simulator::new();
    let machine = MachineVariant::load("mk2")?;

    let mut narrow = Network::load("mobilenet-v1")?;
    narrow.set("width", 0.5)?;
    let narrow = Simulation::new(narrow, machine.clone()).run(&simulator)?;
    println!(
        "mobilenet-v1 of half the width: {} cycles",
        narrow.result().time.cycles
    );

    let small = Network::from_code("small", small_network);
    let small = Simulation::new(small, machine).batch(8).run(&simulator)?;
    for layer in small.layers() {
        println!("{}: {} cycles", layer.name, layer.cycles);
    }
    assert!(small.result().time.cycles < narrow.result().time.cycles);
    Ok(())
}
