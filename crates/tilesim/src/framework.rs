//! What a framework decides, changed by name.

use serde_json::Value;
use tilesim_report::framework_choices;
use tilesim_terms::Framework;

use crate::{Error, Setting};

/// `framework` with what `setting` sets of it.
///
/// # Errors
/// Where a framework decides nothing of that name, or cannot decide so.
pub(crate) fn changed(framework: Framework, setting: &Setting) -> Result<Framework, Error> {
    let key = setting.framework_key().unwrap_or(&setting.key);
    let mut choices = framework_choices(framework);
    let text = setting.to_string();
    if !choices.contains_key(key) {
        return Err(Error::unknown(
            &text,
            "no framework decides that",
            key,
            choices.keys(),
        ));
    }
    choices.insert(key.to_owned(), Value::String(setting.value.clone()));
    serde_json::from_value(Value::Object(choices)).map_err(|error| {
        let said = tilesim_input::reason(&error);
        match said.split_once("; expected ") {
            Some((reason, expected)) => Error::argument(&text, reason, expected),
            None => Error::argument(&text, said, "one of its choices"),
        }
    })
}

/// `framework` with what `setting` sets of it in training, where functions alone are known.
///
/// # Errors
/// As [`changed`], and for anything else that a framework decides.
pub(crate) fn of_training(framework: Framework, setting: &Setting) -> Result<Framework, Error> {
    if !setting
        .framework_key()
        .is_some_and(|key| OF_FUNCTIONS.contains(&key))
    {
        return Err(Error::argument(
            &setting.to_string(),
            "that is known of inference alone",
            "`framework.function_copies` or `framework.function_code`",
        ));
    }
    changed(framework, setting)
}

/// What is known of training too.
const OF_FUNCTIONS: [&str; 2] = ["function_copies", "function_code"];

#[cfg(test)]
mod tests {
    use tilesim_terms::InferenceNorm;

    use super::*;

    #[test]
    fn choices_are_set_by_name() {
        let set = |key, value| changed(Framework::default(), &Setting::new(key, value));
        let changed = set("framework.inference_norm", "operator").expect("a choice");
        assert_eq!(changed.inference_norm, InferenceNorm::Operator);
        for (key, value, said) in [
            (
                "framework.inference_norm",
                "none",
                "expected one of folded, operator",
            ),
            ("framework.fast", "true", "inference_norm"),
        ] {
            let error = set(key, value).expect_err("no choice").to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
