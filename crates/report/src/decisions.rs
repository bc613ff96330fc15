//! What framework and compiler decided in a run, as text.

use serde_json::{Map, Value};
use tilesim_terms::Framework;

use crate::RunSection;

/// What framework and compiler decide in a run that is not the usual, each as `key=choice`.
pub(crate) fn decisions(run: &RunSection) -> Vec<String> {
    let planning = Some(run.planning).filter(|planning| !planning.is_usual());
    let mut decided = unusual(run.framework, Framework::default());
    decided.extend(planning.map(|planning| format!("planning={planning}")));
    decided
}

/// What a framework decides that is not the usual, each as `key=choice`.
pub(crate) fn unusual(framework: Option<Framework>, usual: Framework) -> Vec<String> {
    let Some(framework) = framework else {
        return Vec::new();
    };
    let usual = framework_choices(usual);
    framework_choices(framework)
        .into_iter()
        .filter(|(key, choice)| usual.get(key) != Some(choice))
        .map(|(key, choice)| format!("{key}={}", choice.as_str().unwrap_or_default()))
        .collect()
}

/// What a framework decides, by name.
pub fn framework_choices(framework: Framework) -> Map<String, Value> {
    match serde_json::to_value(framework) {
        Ok(Value::Object(choices)) => choices,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use tilesim_terms::{FunctionCopies, Planning};

    use super::*;
    use crate::Mode;

    #[test]
    fn what_is_usual_is_not_said() {
        let said = |framework, planning| {
            decisions(&RunSection {
                mode: Mode::Inference,
                batch: 1,
                precision: "16.16".to_owned(),
                available_memory_proportion: 0.6,
                host_io: false,
                overlap: None,
                software: String::new(),
                planning,
                framework,
            })
        };
        let held = Framework {
            function_copies: FunctionCopies::Held,
            ..Framework::default()
        };
        assert!(said(None, Planning::Vendor).is_empty());
        assert_eq!(said(Some(held), Planning::Vendor), ["function_copies=held"]);
        assert_eq!(said(None, Planning::LayoutAware), ["planning=layout_aware"]);
    }
}
