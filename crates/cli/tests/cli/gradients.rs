//! Training steps with real numbers, against references.

use std::{collections::BTreeMap, fs::File, path::Path};

use ndarray::{Array0, ArrayD, IxDyn};
use ndarray_npy::NpzWriter;
use serde_json::Value;
use tilesim_exec::{Tensor, Tensors, evaluate, seeded_inputs, seeded_weights};
use tilesim_graph::{
    ElementType, Graph, TensorKind, TrainingOptions, autodiff::BatchStatistics, training_graph,
};
use tilesim_models::{ModelSpec, build};
use tilesim_terms::Cancellation;
use tilesim_test_support::reference;

use crate::support::tilesim;

/// A network that trains in no time, with batch norms.
const SPEC: &str = r#"{
  "family": "mobilenet_v1", "width": 1.0, "norm": "bn", "activation": "relu", "resolution": 16, "num_classes": 5,
  "group_size": 4, "stages": [{"stride": 2, "channels": 16, "repeats": 1}]
}"#;

const BATCH: u64 = 2;

/// Writes a reference; the shape of a loss is empty.
fn write(path: &Path, arrays: &[(&str, &Tensor)]) {
    let mut archive = NpzWriter::new(File::create(path).expect("a file"));
    for (name, tensor) in arrays {
        if *name == "loss" {
            archive
                .add_array(*name, &Array0::from_elem((), tensor.values[0]))
                .expect("an array");
            continue;
        }
        let shape: Vec<usize> = tensor.shape.iter().map(|size| *size as usize).collect();
        let array = ArrayD::from_shape_vec(IxDyn(&shape), tensor.values.clone()).expect("an array");
        archive.add_array(*name, &array).expect("an array");
    }
    archive.finish().expect("an archive");
}

/// What a plain evaluation of a training step gives, under the names of a reference, in the order of the network's tensors.
fn reference(network: &Graph, batch_statistics: BatchStatistics) -> Vec<(String, Tensor)> {
    let options = TrainingOptions {
        dropout: 0.0,
        stochastic_depth: 0.0,
        loss_scale: 1.0,
        master_type: ElementType::F16,
        input_gradients: true,
        batch_statistics,
        ..TrainingOptions::default()
    };
    let training = training_graph(network, &options).expect("a training graph");
    let labels = Tensor {
        shape: vec![BATCH],
        values: vec![3.0, 0.0],
    };
    let images = seeded_inputs(network, 7);
    let image = images["image"].clone();
    let mut inputs = images;
    inputs.insert("labels".to_owned(), labels.clone());
    inputs.insert("learning_rate".to_owned(), Tensor::zeros(&[1]));
    let mut weights = seeded_weights(network, 0);
    for tensor in &training.graph.tensors {
        if tensor.kind == TensorKind::OptimiserState {
            weights.insert(tensor.name.clone(), Tensor::zeros(&tensor.shape));
        }
    }
    let values: Tensors =
        evaluate(&training.graph, &inputs, &weights, &Cancellation::never()).expect("values");
    let value = |id| values[&training.graph.tensor(id).name].clone();
    let mut arrays = vec![
        ("input".to_owned(), image),
        ("labels".to_owned(), labels),
        ("logits".to_owned(), value(training.logits)),
        ("loss".to_owned(), value(training.loss)),
        ("grad/input".to_owned(), value(training.input_gradients[0])),
    ];
    for trained in &training.parameters {
        let name = &training.graph.tensor(trained.parameter).name;
        arrays.push((format!("grad/{name}"), value(trained.gradient)));
    }
    arrays
}

/// An array in the place of one, or none.
type Change<'a> = (&'a str, Option<Tensor>);

/// A folder with the network, and its reference.
struct Case {
    folder: tempfile::TempDir,
    arrays: Vec<(String, Tensor)>,
}

impl Case {
    fn new(batch_statistics: BatchStatistics) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("net.json"), SPEC).expect("a file");
        let network = build(&ModelSpec::load(SPEC).expect("a specification"), BATCH).expect("a network");
        Self {
            folder,
            arrays: reference(&network, batch_statistics),
        }
    }

    /// The same reference with some arrays changed; `None` takes one out.
    fn with(mut self, changes: &[Change]) -> Self {
        for (name, change) in changes {
            let place = self.arrays.iter().position(|(known, _)| known == name);
            match (place, change) {
                (Some(place), Some(tensor)) => self.arrays[place].1 = tensor.clone(),
                (Some(place), None) => drop(self.arrays.remove(place)),
                (None, Some(tensor)) => self.arrays.push(((*name).to_owned(), tensor.clone())),
                (None, None) => {}
            }
        }
        self
    }

    /// Exit code, standard output and standard error, with paths left out.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let path = self.folder.path().join("reference.npz");
        let arrays: Vec<_> = self
            .arrays
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        write(&path, &arrays);
        run(&self.folder.path().join("net.json"), &path, arguments)
    }
}

fn run(network: &Path, reference: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let text = |path: &Path| path.to_str().expect("a path").to_owned();
    let (network, reference) = (text(network), text(reference));
    let given = ["run", &network, "--gradients", "--reference", &reference];
    let output = tilesim(&[&given, arguments].concat())
        .output()
        .expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), said.replace(&reference, "reference.npz"))
}

/// The answer for real networks, which must all agree.
fn agrees(network: &Path, reference: &Path, tensors: usize) {
    let (code, answer) = run(network, reference, &["--format", "json", "--quiet"]);
    assert_eq!(code, Some(0), "{answer}");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let compared = answer["compared"].as_array().expect("a list");
    assert_eq!(compared.len(), tensors);
    for tensor in compared {
        assert!(
            tensor["relative"].as_f64().is_some_and(|error| error <= 1e-4),
            "{tensor}"
        );
    }
    for list in ["unknown", "missing"] {
        assert_eq!(answer[list].as_array().map(Vec::len), Some(0), "{list}");
    }
}

#[test]
fn every_gradient_of_the_tiny_network_is_pytorch_s() {
    if let (Some(network), Some(reference)) = (
        reference::network("tiny_g8_gn.onnx"),
        reference::network("tiny_g8_gn_reference.npz"),
    ) {
        agrees(&network, &reference, 60);
    }
}

#[test]
fn proxy_norm_is_pytorch_s() {
    let network = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/operators/proxy-norm.json");
    if let Some(reference) = reference::network("proxy_norm_reference.npz") {
        agrees(&network, &reference, 8);
    }
}

#[test]
fn batch_norms_take_the_statistics_that_the_logits_show() {
    for (statistics, said) in [
        (
            BatchStatistics::Current,
            "batch norms take the statistics of the batch",
        ),
        (
            BatchStatistics::Stored,
            "batch norms take their stored statistics",
        ),
    ] {
        let (code, answer) = Case::new(statistics).run(&[]);
        assert_eq!(code, Some(0), "{answer}");
        assert!(answer.contains(said), "{answer}");
        assert!(answer.contains("agree with the reference"), "{answer}");
    }
    let (code, answer) = Case::new(BatchStatistics::Stored).run(&["--batch-statistics", "current"]);
    assert_eq!(code, Some(1), "{answer}");
}

#[test]
fn parameters_under_other_names_go_by_their_values_or_order() {
    let renamed = || {
        let mut case = Case::new(BatchStatistics::Current);
        for (index, (name, _)) in case.arrays.iter_mut().skip(5).enumerate() {
            *name = format!("grad/renamed_{index}");
        }
        case
    };
    let mut reversed = renamed();
    reversed.arrays[5..].reverse();
    let (code, answer) = reversed.run(&[]);
    assert_eq!(code, Some(0), "{answer}");
    assert!(answer.contains("by its values"), "{answer}");
    // One that is off can be told by its place alone.
    let mut off = renamed();
    off.arrays[6].1.values[0] += 1.0;
    let (code, answer) = off.run(&[]);
    assert_eq!(code, Some(1), "{answer}");
    assert!(answer.contains("`grad/renamed_1` is off"), "{answer}");
    assert!(
        answer.contains("by its place: `grad/stem/norm/gamma`"),
        "{answer}"
    );
}

/// Networks and gradients of the folder beside this file, which JAX worked out: `make_references.py`.
#[test]
fn exported_networks_have_the_gradients_that_jax_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/gradients");
    for (name, tensors) in [
        ("batch_norm_current", 21),
        ("batch_norm_stored", 21),
        ("batch_norm_training_node", 21),
        ("group_norm_renamed", 25),
    ] {
        let file = |extension: &str| folder.join(format!("{name}.{extension}"));
        agrees(&file("onnx"), &file("npz"), tensors);
    }
}

#[test]
fn losses_may_be_sums_and_matrices_transposed() {
    let mut case = Case::new(BatchStatistics::Current);
    for (name, tensor) in &mut case.arrays {
        if name == "loss" || name.starts_with("grad/") {
            *tensor = tensor.scaled(BATCH as f32);
        }
        if name == "grad/Top/logits/weights" {
            let (rows, columns) = (tensor.shape[0], tensor.shape[1]);
            *tensor = tensor.transposed(rows, columns);
        }
    }
    for arguments in [["--loss-reduction", "sum"].as_slice(), &[]] {
        let (code, answer) = case.run(arguments);
        assert_eq!(code, Some(0), "{answer}");
        assert!(
            answer.contains("the loss is the sum over the samples"),
            "{answer}"
        );
    }
    let (code, _) = case.run(&["--loss-reduction", "mean"]);
    assert_eq!(code, Some(1));
}

/// What is wrong with a reference is said, and where.
#[test]
fn mistakes_are_named() {
    let zeros = |shape: &[u64]| Some(Tensor::zeros(shape));
    let labels = |values: &[f32]| {
        Some(Tensor {
            shape: vec![values.len() as u64],
            values: values.to_vec(),
        })
    };
    let bias = "grad/Top/logits/bias";
    let cases: Vec<(&str, Vec<Change>)> = vec![
        ("no_input", vec![("input", None)]),
        ("no_labels", vec![("labels", None)]),
        ("input_shape", vec![("input", zeros(&[BATCH, 3, 8, 8]))]),
        ("too_few_labels", vec![("labels", labels(&[1.0]))]),
        ("no_class", vec![("labels", labels(&[1.0, 5.0]))]),
        ("gradient_shape", vec![(bias, zeros(&[6]))]),
        (
            "unknown_parameter",
            vec![("grad/nobody", zeros(&[3, 3, 3])), ("loss", None)],
        ),
        ("missing_parameter", vec![(bias, None)]),
        ("gradient_off", vec![(bias, zeros(&[5]))]),
    ];
    let mut said = BTreeMap::new();
    for (name, changes) in cases {
        let (code, message) = Case::new(BatchStatistics::Current)
            .with(&changes)
            .run(&["--quiet"]);
        // Differences within the tolerance are not the same on every machine.
        let lines = message
            .lines()
            .filter(|line| !line.starts_with("  ") || line.ends_with("off"));
        let text = lines.collect::<Vec<_>>().join("\n");
        let text = text
            .split("; the largest difference")
            .next()
            .unwrap_or_default()
            .to_owned();
        said.insert(name, format!("exit code {code:?}\n{text}"));
    }
    let mut nothing = Case::new(BatchStatistics::Current);
    nothing.arrays.truncate(2);
    let (code, message) = nothing.run(&["--quiet"]);
    said.insert("nothing_to_compare", format!("exit code {code:?}\n{message}"));
    let case = Case::new(BatchStatistics::Current);
    let no_archive = case.folder.path().join("net.json");
    let (code, message) = run(&no_archive, &no_archive, &["--quiet"]);
    said.insert("no_archive", format!("exit code {code:?}\n{message}"));
    let absent = case.folder.path().join("absent.npz");
    let (code, message) = run(&no_archive, &absent, &["--quiet"]);
    said.insert("no_file", format!("exit code {code:?}\n{message}"));
    let said: Vec<String> = said
        .iter()
        .map(|(name, said)| format!("# {name}\n{said}"))
        .collect();
    insta::assert_snapshot!("gradients_mistakes", said.join("\n"));
}
