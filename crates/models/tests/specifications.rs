//! Loading, settings, and what is said about mistakes.

use proptest::prelude::*;
use tilesim_graph::{OpKind, fold_batch_norm, theoretical_cost};
use tilesim_models::{ModelError, ModelSpec, build, bundled_names, bundled_text, describe_bundled, schema};

fn load(name: &str) -> ModelSpec {
    ModelSpec::load(name).expect(name)
}

fn message<T>(result: Result<T, ModelError>) -> String {
    result.map(|_| ()).expect_err("a mistake").to_string()
}

#[test]
fn bundled_networks_are_called_as_they_call_themselves() {
    assert_eq!(bundled_names().len(), 30);
    for name in bundled_names() {
        let spec = load(name);
        assert_eq!(spec.name(), name);
        assert!(!spec.description().is_empty(), "{name}");
        assert_eq!(ModelSpec::load(bundled_text(name).expect(name)), Ok(spec));
    }
    assert_eq!(bundled_text("families/resnet"), None);
    assert_eq!(
        bundled_names()[..4],
        ["bert-base", "convnext-tiny", "deit-tiny", "efficientnet-b0-g1"]
    );
}

#[test]
fn descriptions_state_macs_and_parameters() {
    let descriptions = describe_bundled().expect("bundled networks");
    assert_eq!(descriptions.len(), bundled_names().len());
    let known = |name: &str| {
        let found = descriptions.iter().find(|of| of.name == name);
        found.map(|of| (of.macs, of.parameters))
    };
    assert_eq!(known("efficientnet-b0-g1"), Some((385_814_752, 5_288_548)));
    // Touvron et al. 2021, table 1: 5 M; timm states 5,717,416.
    assert_eq!(known("deit-tiny").map(|of| of.1), Some(5_717_416));
    assert_eq!(known("vit-s-16").map(|of| of.1), Some(22_050_664));
}

#[test]
fn a_specification_is_what_it_serialises_to() {
    for name in bundled_names() {
        let mut spec = load(name);
        let has_norm = spec.keys().iter().any(|key| key == "norm");
        let (key, value) = if has_norm {
            ("norm", "ln+pn")
        } else {
            ("activation", "relu")
        };
        spec.set(key, value).expect("a setting");
        let text = serde_json::to_string_pretty(&spec).expect("JSON");
        assert_eq!(ModelSpec::load(&text), Ok(spec));
    }
}

#[test]
fn the_schema_knows_the_families() {
    let text = serde_json::to_string(&schema()).expect("JSON");
    for word in [
        "efficientnet",
        "mobilenet_v1",
        "resnet",
        "group_size",
        "cardinality",
        "gn:[1-9]",
    ] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn unknown_names_have_neighbours() {
    assert!(matches!(
        ModelSpec::load("efficentnet-b0-g1"),
        Err(ModelError::UnknownName { known, .. }) if known.nearest[0] == "efficientnet-b0-g1"
    ));
    assert!(message(ModelSpec::load("xyz")).contains("efficientnet-b0-g1"));
    assert_eq!(
        message(ModelSpec::load("efficientnet-b6-g16")),
        "`efficientnet-b6-g16` is not defined: stage 1 has 56 channels, which make 56 / 16 = 3 groups (rounded down), and \
         56 is no multiple of 3"
    );
}

#[test]
fn mistakes_in_json_have_a_place() {
    for (text, expected) in [
        ("{", "my.json:1:1: EOF while parsing an object"),
        ("{}", "my.json:1:1: missing field `family`"),
        (
            "{\"family\":\n\"efficientnets\"}",
            "my.json:2:1: field `family`: unknown family `efficientnets` (did you mean `efficientnet`, \
             `efficientnet_v2`?); expected one of bert, convnext, efficientnet, efficientnet_v2, mobilenet_v1, mobilenet_v2, mobilenet_v3, \
             regnet, resnet, vision_transformer, normalised_activation",
        ),
        (
            "{\"family\": \"efficientnet\",\n \"variant\": \"b0\",\n \"group_size\": \"x\"}",
            "my.json:3:16: field `group_size`: invalid type: string \"x\"; expected a whole number",
        ),
        (
            "{\"family\": \"efficientnet\", \"variant\": \"b0\", \"norm\": \"xn\"}",
            "my.json:1:53: field `norm`: `xn` is no norm; expected `bn`, `ln`, `gn:GROUPS`, `ln+pn` or `gn:GROUPS+pn`",
        ),
        (
            "{\"family\": \"efficientnet\", \"variant\": \"b0\", \"stages\": [{\"kernel\": -1}]}",
            "my.json:1:67: field `stages[0].kernel`: invalid value: integer `-1`; expected a whole number",
        ),
        (
            "{\"family\": \"resnet\", \"depth\": 50} x",
            "my.json:1:35: trailing characters",
        ),
    ] {
        assert_eq!(message(ModelSpec::from_json(text, "my.json")), expected);
    }
    let unknown = message(ModelSpec::from_json(
        "{\"family\": \"resnet\", \"depht\": 50}",
        "my.json",
    ));
    assert!(
        unknown.starts_with(
            "my.json:1:22: field `depht`: unknown field `depht` (did you mean `depth`?); expected one of"
        ),
        "{unknown}"
    );
}

#[test]
fn a_normalised_activation_alone() {
    let text = tilesim_bundled::OPERATORS.text("proxy-norm").expect("a text");
    let mut spec = ModelSpec::from_json(text, "proxy-norm.json").expect("a specification");
    spec.set("channels", "24").expect("a setting");
    let graph = build(&spec, 3).expect("a graph");
    assert_eq!(graph.ops.len(), 2);
    assert_eq!(graph.tensor(graph.outputs[0]).shape, [3, 24, 6, 6]);
    spec.set("norm_epsilon", "0").expect("a setting");
    let error = build(&spec, 3).expect_err("no epsilon").to_string();
    assert!(error.contains("norm_epsilon"), "{error}");
}

#[test]
fn settings_change_fields() {
    let mut spec = load("efficientnet-b0-g1");
    for (key, value) in [
        ("group_size", "16"),
        ("expand_ratio", "4"),
        ("norm", "gn:4"),
        ("variant", "b1"),
        ("resolution", "half"),
        ("width", "1.0"),
        ("width", "null"),
        ("stages", "null"),
    ] {
        spec.set(key, value).expect(key);
    }
    let graph = build(&spec, 1).expect("a network");
    assert_eq!(graph.name, "efficientnet-b1-g16");
    assert_eq!(theoretical_cost(&graph).macs, 606_024_576);
}

#[test]
fn bad_settings_say_what_was_expected() {
    let mut spec = load("efficientnet-b0-g1");
    let before = spec.clone();
    let unknown = message(spec.set("groupsize", "4"));
    assert!(
        unknown.starts_with("unknown setting `groupsize` (did you mean `group_size`?); expected one of ")
    );
    assert!(
        unknown.contains("expand_ratio") && !unknown.contains("family"),
        "{unknown}"
    );
    assert_eq!(
        message(spec.set("group_size", "many")),
        "setting `group_size`: `many`: invalid type: string \"many\"; expected a whole number"
    );
    assert_eq!(
        message(spec.set("resolution", "1.5")),
        "setting `resolution`: `1.5`: invalid type: floating point `1.5`; expected a number of pixels, `native` or `half`"
    );
    assert!(message(spec.set("norm", "xn")).contains("`gn:GROUPS`"));
    assert_eq!(spec, before);
}

fn with(name: &str, settings: &[(&str, &str)]) -> Result<tilesim_graph::Graph, ModelError> {
    let mut spec = load(name);
    for (key, value) in settings {
        spec.set(key, value)?;
    }
    build(&spec, 1)
}

#[test]
fn networks_that_cannot_be_say_why() {
    assert_eq!(
        message(build(&load("resnet50"), 0)),
        "the batch is 0; expected at least 1"
    );
    assert_eq!(
        message(with("efficientnet-b0-g1", &[("group_size", "36")])),
        "block2a: group size 36 does not divide 96 channels; the powers of two 1, 2, 4, 8, 16, 32 do"
    );
    assert_eq!(
        message(with(
            "efficientnet-b6-g1",
            &[("group_size", "16"), ("expand_ratio", "4")]
        )),
        "block1a: 56 channels and group size 16 make 3 groups, which do not divide 56"
    );
    assert!(message(with("efficientnet-b0-g1", &[("variant", "b8")])).starts_with("unknown variant `b8`"));
    assert!(
        message(with("efficientnet-b6-g1", &[("resolution", "half")])).contains("has no half resolution")
    );
    assert!(message(with("efficientnet-b0-g1", &[("group_size", "0")])).contains("field `group_size` is 0"));
    assert!(
        message(with("efficientnet-b0-g1", &[("norm", "gn:5")])).contains("do not divide into 5 norm groups")
    );
    assert!(message(with("efficientnet-b0-g1", &[("depth", "999")])).contains("at most 4096 blocks"));
    assert!(message(with("resnet50", &[("depth", "51")])).contains("one of 18, 34, 50, 101, 152"));
    assert!(message(with("resnet18", &[("cardinality", "2")])).contains("no bottleneck"));
    assert!(message(with("convnext-tiny", &[("norm", "ln+pn")])).contains("no activation follows"));
    assert!(message(with("regnet-x-400mf", &[("group_size", "12")])).contains("block1a"));
    assert!(
        message(with("mobilenet-v3-small", &[("variant", "tiny")])).starts_with("unknown variant `tiny`")
    );
    assert!(message(with("resnet50", &[("group_width", "0")])).contains("width"));
    assert!(matches!(
        build(&load("efficientnet-b0-g1"), u64::MAX),
        Err(ModelError::Graph(_))
    ));
}

#[test]
fn batch_norms_fold_away() {
    // ConvNeXt and transformers have layer norms.
    let has_batch_norms = |name: &&str| {
        !["convnext", "vit", "deit", "bert"]
            .iter()
            .any(|family| name.starts_with(family))
    };
    for name in bundled_names().into_iter().filter(has_batch_norms) {
        let graph = build(&load(name), 2).expect(name);
        let folded = fold_batch_norm(&graph);
        assert!(
            !folded.ops.iter().any(|op| matches!(op.kind, OpKind::Norm(_))),
            "{name}"
        );
        let (before, after) = (theoretical_cost(&graph), theoretical_cost(&folded));
        assert_eq!(after.macs, before.macs);
        assert_eq!(after.parameters.weights, before.parameters.weights);
        // Each norm's beta is a bias now.
        assert_eq!(
            after.parameters.biases,
            before.parameters.biases + before.parameters.norms / 2
        );
        assert_eq!((after.parameters.norms, after.parameters.statistics), (0, 0));
        assert_eq!(
            folded.tensor(folded.outputs[0]).shape,
            graph.tensor(graph.outputs[0]).shape
        );
    }
}

#[test]
fn other_norms_stay() {
    for norm in ["gn:4", "ln+pn"] {
        let graph = with("efficientnet-b0-g16", &[("norm", norm)]).expect(norm);
        assert_eq!(fold_batch_norm(&graph), graph);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_setting_builds_or_is_an_error(
        name in prop::sample::select(bundled_names()),
        key in 0..20_usize,
        value in prop_oneof![
            any::<u64>().prop_map(|number| number.to_string()),
            (0..64_u64).prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| number.to_string()),
            prop::sample::select(vec!["gn:8", "ln+pn", "relu", "null", "", "[]", "{}", "half", "\"b3\""]).prop_map(str::to_owned),
        ],
        batch in prop_oneof![0..4_u64, any::<u64>()],
    ) {
        let mut spec = load(name);
        let keys = spec.keys();
        let key = &keys[key % keys.len()];
        if spec.set(key, &value).is_ok()
            && let Ok(graph) = build(&spec, batch)
        {
            let cost = theoretical_cost(&graph);
            prop_assert!(cost.macs >= cost.macs_without_padding);
            prop_assert_eq!(graph.tensor(graph.outputs[0]).shape[0], batch);
        }
    }

    /// Wider groups do more multiply-accumulates in proportion, and nothing else changes.
    #[test]
    fn group_size_scales_the_spatial_convolutions(power in 0..5_u32) {
        let cost = |group: u64| {
            let mut spec = load("mobilenet-v1");
            spec.set("group_size", &group.to_string()).expect("a group size");
            theoretical_cost(&build(&spec, 1).expect("a network"))
        };
        let (one, grouped) = (cost(1), cost(1 << power));
        let spatial = |cost: &tilesim_graph::TheoreticalCost| cost.of_kind(tilesim_graph::LayerKind::Spatial).macs;
        prop_assert_eq!(spatial(&grouped), spatial(&one) << power);
        prop_assert_eq!(grouped.macs - spatial(&grouped), one.macs - spatial(&one));
        prop_assert_eq!(grouped.activation_elements, one.activation_elements);
    }
}

/// The convolutions of a stage in groups, by block.
fn groups_of(spec: &ModelSpec, stage: &str) -> Vec<u64> {
    let graph = build(spec, 1).expect("a network");
    let ops = graph.ops.iter().filter_map(|op| match &op.kind {
        OpKind::Convolution(convolution) => {
            Some((graph.layers[op.layer.0 as usize].name.as_str(), convolution))
        }
        _ => None,
    });
    ops.filter(|(layer, convolution)| layer.starts_with(stage) && convolution.conv_groups > 1)
        .map(|(_, convolution)| convolution.conv_groups)
        .collect()
}

#[test]
fn one_stage_is_set_by_its_number() {
    let mut spec = load("efficientnet-b0-g16");
    assert_eq!(groups_of(&spec, "block3"), [6, 10]);
    spec.set("stages.3.group_size", "4").expect("a group size");
    assert_eq!(groups_of(&spec, "block3"), [24, 40]);
    assert_eq!(
        groups_of(&spec, "block4"),
        groups_of(&load("efficientnet-b0-g16"), "block4")
    );
    spec.set("stages.3.group_size", "null")
        .expect("the network's again");
    assert_eq!(groups_of(&spec, "block3"), [6, 10]);
    spec.set("stages.4.expand_ratio", "6").expect("a ratio");
    spec.set("stages.2.repeats", "1").expect("a number of blocks");
    let graph = build(&spec, 1).expect("a network");
    assert!(
        graph
            .layers
            .iter()
            .all(|layer| !layer.name.starts_with("block2b"))
    );
    assert_eq!(groups_of(&spec, "block4"), [15, 30, 30]);
}

/// Every family with groups and stages takes another group size in one of them.
#[test]
fn stages_of_every_family_have_groups_of_their_own() {
    for (name, stage, size) in [
        ("mobilenet-v1", 2, "8"),
        ("mobilenet-v2", 3, "8"),
        ("mobilenet-v3-large", 3, "8"),
        ("efficientnetv2-s", 4, "8"),
        ("convnext-tiny", 2, "8"),
        ("regnet-x-400mf", 2, "8"),
    ] {
        let mut spec = load(name);
        let block = format!("block{stage}");
        let before = groups_of(&spec, &block);
        spec.set(&format!("stages.{stage}.group_size"), size).expect(name);
        assert_ne!(groups_of(&spec, &block), before, "{name}");
    }
}

#[test]
fn settings_of_stages_that_are_none_say_so() {
    let mut spec = load("efficientnet-b0-g16");
    for key in [
        "stages.0.group_size",
        "stages.8.group_size",
        "stages.3",
        "stages.x.kernel",
    ] {
        let said = message(spec.set(key, "4"));
        assert!(said.contains(key) && said.contains("stages.7.FIELD"), "{said}");
    }
    let said = message(spec.set("stages.3.group_sice", "4"));
    assert!(
        said.contains("unknown field `group_sice`") && said.contains("group_size"),
        "{said}"
    );
    let mut fused = load("efficientnetv2-s");
    fused.set("stages.1.group_size", "4").expect("a field");
    let said = message(build(&fused, 1));
    assert!(
        said.contains("a fused stage") || said.contains("the stage is fused"),
        "{said}"
    );
}
