//! The files that tilesim brings along: networks, machines, systems and studies, each kind a [`Collection`].
//!
//! This crate holds texts and parses none: the crates that know a kind read it. A file that is added to a folder gets a line
//! here, which says its place in lists as well; a test holds lists and folders together.
//!
//! ```
//! assert_eq!(tilesim_bundled::MACHINES.names().collect::<Vec<_>>(), ["mk1", "mk2", "bow", "c600"]);
//! let mk2 = tilesim_bundled::MACHINES.text("mk2").expect("a bundled machine");
//! assert!(mk2.contains("\"tiles\""));
//! assert_eq!(tilesim_bundled::MACHINES.text("mk9"), None);
//! ```

/// The bundled files of one kind.
#[derive(Debug)]
pub struct Collection {
    /// Names, without `.json`, with texts.
    files: &'static [(&'static str, &'static str)],
}

impl Collection {
    /// Names, in the order of lists.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().map(|(name, _)| *name)
    }

    /// The text of the file with a name.
    pub fn text(&self, name: &str) -> Option<&'static str> {
        self.files
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
    }
}

/// The named files of a folder beside `src`.
macro_rules! collection {
    ($folder:literal, [$($name:literal),+ $(,)?]) => {
        Collection {
            files: &[$(($name, include_str!(concat!("../", $folder, "/", $name, ".json")))),+],
        }
    };
}

/// Networks: families in the order of the alphabet, small networks before large ones.
pub static NETWORKS: Collection = collection!(
    "networks",
    [
        "bert-base",
        "convnext-tiny",
        "deit-tiny",
        "efficientnet-b0-g1",
        "efficientnet-b0-g16",
        "efficientnet-b1-g1",
        "efficientnet-b1-g16",
        "efficientnet-b2-g1",
        "efficientnet-b2-g16",
        "efficientnet-b3-g1",
        "efficientnet-b3-g16",
        "efficientnet-b4-g1",
        "efficientnet-b4-g16",
        "efficientnet-b5-g1",
        "efficientnet-b5-g16",
        "efficientnet-b6-g1",
        "efficientnet-b7-g1",
        "efficientnet-b7-g16",
        "efficientnetv2-s",
        "mobilenet-v1",
        "mobilenet-v2",
        "mobilenet-v3-small",
        "mobilenet-v3-large",
        "regnet-x-400mf",
        "resnet18",
        "resnet50",
        "resnext50-32x4d",
        "resnext101-32x4d",
        "vit-s-16",
        "vit-b-16",
    ]
);

/// What the networks of a family have in common: their stages.
pub static FAMILIES: Collection = collection!(
    "networks/families",
    [
        "bert",
        "convnext",
        "efficientnet",
        "efficientnet_v2",
        "mobilenet_v1",
        "mobilenet_v2",
        "mobilenet_v3",
        "regnet",
        "resnet",
        "vision_transformer",
    ]
);

/// Single operators as networks.
pub static OPERATORS: Collection = collection!("operators", ["proxy-norm"]);

/// Machines, in the order of their generations.
pub static MACHINES: Collection = collection!("machines", ["mk1", "mk2", "bow", "c600"]);

/// Releases of compiler and libraries, the oldest first.
pub static SOFTWARE: Collection = collection!(
    "software",
    ["sdk-2.0", "sdk-2.1", "sdk-2.3", "sdk-2.4", "sdk-2.5"]
);

/// Systems of chips, without a network.
pub static SYSTEMS: Collection = collection!(
    "systems",
    [
        "bow-pod16",
        "bow-pod64",
        "bow-pod128",
        "bow-pod256",
        "pod16",
        "pod64",
        "pod128",
        "pod256",
        "pod4",
        "single",
    ]
);

/// Systems with the network that they train: the configurations of Masters et al. 2021 (arXiv 2106.03640).
pub static CONFIGURATIONS: Collection = collection!(
    "paper",
    [
        "B0-G1-GN-Native_16IPU_2x8",
        "B0-G16-GN-Half_16IPU_2x8",
        "B0-G16-GN-Native_16IPU_2x8",
        "B0-G16-LN_PN-Half_16IPU_2x8",
        "B0-G16-LN_PN-Native_16IPU_2x8",
        "B1-G1-GN-Native_16IPU_4x4",
        "B1-G16-GN-Half_16IPU_4x4",
        "B1-G16-GN-Native_16IPU_2x8",
        "B1-G16-LN_PN-Half_16IPU_4x4",
        "B1-G16-LN_PN-Native_16IPU_2x8",
        "B2-G1-GN-Native_16IPU_4x4",
        "B2-G16-GN-Half_16IPU_4x4",
        "B2-G16-GN-Native_16IPU_4x4",
        "B2-G16-LN_PN-Half_16IPU_4x4",
        "B2-G16-LN_PN-Native_16IPU_4x4",
        "B3-G1-GN-Native_16IPU_4x4",
        "B3-G16-GN-Half_16IPU_4x4",
        "B3-G16-GN-Native_16IPU_4x4",
        "B3-G16-LN_PN-Half_16IPU_4x4",
        "B3-G16-LN_PN-Native_16IPU_4x4",
        "B4-G1-GN-Native_16IPU_4x4",
        "B4-G16-GN-Half_16IPU_4x4",
        "B4-G16-GN-Native_16IPU_4x4",
        "B4-G16-LN_PN-Half_16IPU_4x4",
        "B4-G16-LN_PN-Native_16IPU_4x4",
        "B5-G1-GN-Native_16IPU_4x4",
        "B5-G16-GN-Half_16IPU_4x4",
        "B5-G16-GN-Native_16IPU_4x4",
        "B5-G16-LN_PN-Half_16IPU_4x4",
        "B5-G16-LN_PN-Native_16IPU_4x4",
    ]
);

/// Systems with the network that they train: what public measurements of training on real chips ran.
pub static SILICON: Collection = collection!(
    "silicon",
    [
        "mlperf10-resnet50-pod16",
        "mlperf10-resnet50-pod64",
        "mlperf11-resnet50-pod16",
        "mlperf11-resnet50-pod64",
        "mlperf11-resnet50-pod128",
        "mlperf11-resnet50-pod256",
        "mlperf20-resnet50-bow-pod16",
        "mlperf20-resnet50-bow-pod64",
        "mlperf20-resnet50-bow-pod128",
        "mlperf20-resnet50-bow-pod256",
        "resnet50-tf1-bow-pod16",
        "resnet50-tf1-bow-pod64",
        "resnet50-tf1-bow-pod256",
        "resnet50-pytorch-bow-pod16",
        "resnet50-tf2-pod4",
        "b4-g16-bow-pod16",
        "b4-g16-bow-pod64",
        "b4-g16-bow-pod256",
        "resnext101-bow-pod16",
        "resnet50-mk1-b1",
        "resnet50-mk1-b2",
    ]
);

/// Studies.
pub static STUDIES: Collection = collection!(
    "studies",
    [
        "dot-product-length",
        "exchange",
        "group-size",
        "paper",
        "random-variants",
        "resolution",
        "silicon-resnet50",
        "sram",
        "what-if",
    ]
);

/// The code of the README, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
