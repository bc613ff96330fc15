//! The stages that a specification builds: its own, or those of its family.

use serde_json::Value;

use super::{
    BertSpec, ConvNextSpec, EfficientNetSpec, EfficientNetV2Spec, MobileNetSpec, MobileNetV2Spec,
    MobileNetV3Spec, NormalisedActivationSpec, RegNetSpec, ResNetSpec, VisionTransformerSpec,
};
use crate::{
    ModelError,
    family::{
        ConvNextFamily, EfficientNetFamily, EfficientNetV2Family, Family, MobileNetFamily, MobileNetV2Family,
        MobileNetV3Family, RegNetFamily, ResNetFamily, variant,
    },
};

/// A specification of a network of stages.
pub(super) trait Staged {
    /// The stages as JSON, a list; null where there are none.
    fn stages(&self) -> Result<Value, ModelError>;
}

/// States where the stages of a specification come from that states none.
macro_rules! staged {
    ($($spec:ty: $of_family:expr;)*) => {$(
        impl Staged for $spec {
            fn stages(&self) -> Result<Value, ModelError> {
                let of_family: fn(&Self) -> Result<_, ModelError> = $of_family;
                let stages = match &self.stages {
                    Some(stages) => stages.clone(),
                    None => of_family(self)?,
                };
                Ok(serde_json::to_value(stages).unwrap_or_default())
            }
        }
    )*};
}

staged! {
    EfficientNetSpec: |_| Ok(EfficientNetFamily::load()?.stages);
    MobileNetSpec: |_| Ok(MobileNetFamily::load()?.stages);
    MobileNetV2Spec: |_| Ok(MobileNetV2Family::load()?.stages);
    MobileNetV3Spec: |spec| Ok(variant(&MobileNetV3Family::load()?.variants, &spec.variant)?.stages.clone());
    EfficientNetV2Spec: |spec| {
        Ok(variant(&EfficientNetV2Family::load()?.variants, &spec.variant)?.stages.clone())
    };
    ConvNextSpec: |spec| Ok(variant(&ConvNextFamily::load()?.variants, &spec.variant)?.stages.clone());
    RegNetSpec: |spec| Ok(variant(&RegNetFamily::load()?.variants, &spec.variant)?.stages.clone());
    ResNetSpec: |_| Ok(ResNetFamily::load()?.stages);
}

/// States which specifications have no stages.
macro_rules! without_stages {
    ($($spec:ty),*) => {$(
        impl Staged for $spec {
            fn stages(&self) -> Result<Value, ModelError> {
                Ok(Value::Null)
            }
        }
    )*};
}

without_stages!(VisionTransformerSpec, BertSpec, NormalisedActivationSpec);
