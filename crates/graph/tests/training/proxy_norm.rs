//! Layer norm and one proxy-normalised activation, against `PyTorch` in double precision.

use tilesim_graph::{
    Activation, ElementType, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormKind, OpKind,
    ProxyActivation,
    autodiff::{VectorJacobian, vector_jacobian},
    proxy_samples,
    reference::{Precision, Tensor, Tensors, evaluate},
};

use crate::reference_data;

const TOLERANCE: f64 = 1e-10;

fn builder(tensors: &Tensors) -> Result<GraphBuilder, GraphError> {
    let mut builder = GraphBuilder::new("proxy norm", ElementType::F32);
    builder.layer("layer", "block", LayerKind::Conv);
    for (name, tensor) in tensors {
        builder.input(name, tensor.shape.clone(), ElementType::F32)?;
    }
    Ok(builder)
}

/// What a single operator gives.
fn apply(kind: OpKind, operands: &[(&str, &Tensor)]) -> Tensor {
    let tensors: Tensors = operands
        .iter()
        .map(|(name, tensor)| ((*name).to_owned(), (*tensor).clone()))
        .collect();
    let graph = builder(&tensors).and_then(|mut builder| {
        let ids = operands.iter().map(|(name, _)| {
            // Inputs stand in the order of their names.
            let place = tensors.keys().position(|key| key == name);
            tilesim_graph::TensorId(place.unwrap_or_default() as u32)
        });
        let ids = ids.collect();
        let result = builder.op("result", kind, ids)?;
        builder.finish(vec![result])
    });
    let mut values = evaluate(&graph.expect("a graph"), &tensors, Precision::Double).expect("values");
    values.remove("result").expect("the result")
}

fn network(x: &Tensor, groups: f64, epsilon: f64, proxy: ProxyActivation) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("proxy norm", ElementType::F32);
    builder.layer("layer", "block", LayerKind::Conv);
    let channels = vec![x.shape[1]];
    let x = builder.input("x", x.shape.clone(), ElementType::F32)?;
    let parameters = [
        builder.parameter("beta", channels.clone())?,
        builder.parameter("gamma", channels.clone())?,
        builder.statistic("proxy_mean", channels.clone())?,
        builder.statistic("proxy_inverse_std", channels)?,
    ];
    let norm = Norm {
        kind: NormKind::contiguous(groups as u64),
        epsilon,
        gamma: false,
        beta: false,
    };
    let white = builder.norm("white", norm, x, &[])?;
    let y = builder.proxy_activation("y", proxy, white, parameters)?;
    builder.finish(vec![y])
}

#[test]
fn proxy_norm_and_its_gradients_are_pytorch_s() {
    let Some(reference) = reference_data::arrays("proxy_norm_reference.npz") else {
        return;
    };
    let number = |name: &str| reference[name].values[0];
    let proxy = ProxyActivation {
        activation: Activation::Swish,
        scale: true,
        epsilon: number("proxy_eps"),
    };
    let parameters = [
        ("a_beta", &reference["beta"]),
        ("b_gamma", &reference["gamma"]),
        ("c_beta_proxy", &reference["beta_proxy"]),
        ("d_gamma_proxy", &reference["gamma_proxy"]),
    ];
    let mut worst = 0.0_f64;
    let mut compare = |name: &str, got: &Tensor, expected: &Tensor| {
        let error = got.relative_error(expected);
        assert!(error < TOLERANCE, "{name} is off by {error:e}");
        worst = worst.max(error);
    };

    let samples = Tensor {
        shape: reference["proxy_samples"].shape.clone(),
        values: proxy_samples(),
    };
    compare("proxy samples", &samples, &reference["proxy_samples"]);
    let rows = |tensor: &Tensor| -> Vec<Tensor> {
        let channels = tensor.shape[1];
        tensor
            .values
            .chunks(channels as usize)
            .map(|values| Tensor {
                shape: vec![channels],
                values: values.to_vec(),
            })
            .collect()
    };
    let statistics = rows(&apply(OpKind::ProxyStatistics(proxy), &parameters));
    compare("proxy mean", &statistics[0], &reference["proxy_mean"]);
    compare(
        "proxy inverse std",
        &statistics[1],
        &reference["proxy_inverse_std"],
    );

    let network = network(&reference["x"], number("groups"), number("eps"), proxy).expect("a network");
    let VectorJacobian { graph, gradients, .. } = vector_jacobian(&network).expect("a backward pass");
    let mut given = reference.clone();
    given.remove("y");
    given.insert("y/gradient".to_owned(), reference["dy"].clone());
    let values = evaluate(&graph, &given, Precision::Double).expect("values");
    compare("y", &values["y"], &reference["y"]);
    let gradient = |name: &str| {
        let found = gradients.iter().find(|(of, _)| graph.tensor(*of).name == name);
        &values[&graph.tensor(found.expect("a gradient").1).name]
    };
    compare("x", gradient("x"), &reference["grad/x"]);

    let mut operands = parameters.to_vec();
    operands.push(("e_mean", gradient("proxy_mean")));
    operands.push(("f_inverse_std", gradient("proxy_inverse_std")));
    let through = rows(&apply(OpKind::ProxyStatisticsGradient(proxy), &operands));
    let whole = |name: &str, through: &Tensor| Tensor {
        shape: through.shape.clone(),
        values: gradient(name)
            .values
            .iter()
            .zip(&through.values)
            .map(|(a, b)| a + b)
            .collect(),
    };
    compare("beta", &whole("beta", &through[0]), &reference["grad/beta"]);
    compare("gamma", &whole("gamma", &through[1]), &reference["grad/gamma"]);
    compare("proxy beta", &through[2], &reference["grad/beta_proxy"]);
    compare("proxy gamma", &through[3], &reference["grad/gamma_proxy"]);
    println!("largest relative error: {worst:e}");
}
