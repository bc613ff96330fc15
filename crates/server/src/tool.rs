//! Questions as tools: names, schemas, and calls whose types are gone.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool as Described, ToolAnnotations};
use schemars::{JsonSchema, Schema, schema_for};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tilesim::Simulator;

use crate::failure::Failure;

/// What can be asked: the arguments of a tool.
pub(crate) trait Question: DeserializeOwned + JsonSchema {
    /// Name of the tool: that of the command that answers alike.
    const NAME: &'static str;
    /// What it answers, for whoever chooses between tools.
    const DESCRIPTION: &'static str;
    /// The answer, which serialises to the JSON of the command.
    type Answer: Serialize + JsonSchema;

    /// Asks the library.
    fn answer(self, simulator: &Simulator) -> Result<Self::Answer, tilesim::Error>;
}

/// A tool that can be called.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    /// What a client is told of it.
    pub(crate) described: Described,
    /// Names of its arguments.
    arguments: Arc<[String]>,
    call: fn(&JsonObject, &Simulator) -> Result<Value, Failure>,
}

impl Tool {
    /// The tool of a question.
    pub(crate) fn of<Q: Question>() -> Self {
        let mut input = object(schema_for!(Q));
        // Of arguments that are put together of several types the schema does not say by itself that there are no others.
        input.insert("additionalProperties".to_owned(), Value::Bool(false));
        let properties = input.get("properties").and_then(Value::as_object);
        let names = properties
            .into_iter()
            .flat_map(|properties| properties.keys().cloned());
        let arguments = names.collect();
        let mut output = object(schema_for!(Q::Answer));
        // Of one of several the protocol wants to know that all are objects.
        output.insert("type".to_owned(), json!("object"));
        Self {
            described: Described::new(Q::NAME, Q::DESCRIPTION, input)
                .with_raw_output_schema(Arc::new(output))
                .with_annotations(
                    ToolAnnotations::new()
                        .read_only(true)
                        .idempotent(true)
                        .open_world(false),
                ),
            arguments,
            call: call::<Q>,
        }
    }

    /// Its answer.
    pub(crate) fn call(&self, arguments: &JsonObject, simulator: &Simulator) -> Result<Value, Failure> {
        if let Some(unknown) = arguments.keys().find(|name| !self.arguments.contains(name)) {
            let expected = match &*self.arguments {
                [] => "no arguments".to_owned(),
                names => names.join(", "),
            };
            return Err(Failure::argument(unknown, "there is no such argument", expected));
        }
        let required = self
            .described
            .input_schema
            .get("required")
            .and_then(Value::as_array);
        let mut required = required.into_iter().flatten().filter_map(Value::as_str);
        if let Some(missing) = required.find(|name| !arguments.contains_key(*name)) {
            let expected = format!("a value, as the input schema of `{}` says", self.described.name);
            return Err(Failure::argument(missing, "is missing", expected));
        }
        (self.call)(arguments, simulator)
    }
}

fn call<Q: Question>(arguments: &JsonObject, simulator: &Simulator) -> Result<Value, Failure> {
    let question: Q = read(arguments).map_err(|reason| {
        let field = culprit::<Q>(arguments, &reason).unwrap_or_else(|| "arguments".to_owned());
        let expected = format!("what the input schema of `{}` says", Q::NAME);
        Failure::argument(&field, &reason, expected)
    })?;
    let answer = question.answer(simulator)?;
    serde_json::to_value(answer).map_err(|error| Failure::broken(error.to_string()))
}

fn read<Q: Question>(arguments: &JsonObject) -> Result<Q, String> {
    serde_json::from_value(Value::Object(arguments.clone())).map_err(|error| error.to_string())
}

/// The argument without which nothing, or something else, is wrong. Of arguments that are put together of several types the error does not
/// say which it is.
fn culprit<Q: Question>(arguments: &JsonObject, reason: &str) -> Option<String> {
    let without = |name: &String| {
        let mut others = arguments.clone();
        others.remove(name);
        read::<Q>(&others).err()
    };
    // That it is missing then is wrong of every argument that there has to be.
    let is_culprit = |name: &&String| {
        without(name).is_none_or(|other| other != reason && !other.starts_with("missing field"))
    };
    let differs = |name: &&String| without(name).is_some_and(|other| other != reason);
    let mut names = arguments.keys();
    names
        .find(is_culprit)
        .or_else(|| arguments.keys().find(differs))
        .cloned()
}

fn object(schema: Schema) -> JsonObject {
    match Value::from(schema) {
        Value::Object(object) => object,
        // A schema that takes everything.
        _ => JsonObject::new(),
    }
}
