//! The server, spoken to in lines of JSON as a client does.
#![cfg(feature = "serve")]
#![allow(missing_docs)]
// Arguments are written where they are used.
#![allow(clippy::needless_pass_by_value)]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_tilesim");

/// A client of a server of its own.
struct Client {
    server: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    last: u64,
}

impl Client {
    fn new() -> Self {
        let mut server = Command::new(BINARY)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut client = Self {
            requests: server.stdin.take(),
            answers: BufReader::new(server.stdout.take().expect("its output")),
            server,
            last: 0,
        };
        let greeting = client.ask(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(greeting["result"]["serverInfo"]["name"], "tilesim");
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    fn send(&mut self, message: &Value) {
        let requests = self.requests.as_mut().expect("an open input");
        writeln!(requests, "{message}").expect("the server reads");
    }

    /// Sends a request without waiting; its number.
    fn begin(&mut self, method: &str, parameters: Value) -> u64 {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        id
    }

    /// The next message: every line is one.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the server answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.begin(method, parameters);
        let answer = self.next();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// The result of a tool.
    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        answer["result"].clone()
    }

    /// What a tool answers that works.
    fn answer(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        // The same as text, for clients that know no more.
        let text = result["content"][0]["text"].as_str().expect("a text");
        assert_eq!(
            serde_json::from_str::<Value>(text).expect("JSON"),
            result["structuredContent"]
        );
        result["structuredContent"].clone()
    }

    /// What a tool says that does not.
    fn failure(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["structuredContent"].clone()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The input ends, and the server with it.
        self.requests = None;
        let status = self.server.wait().expect("the server ends");
        if !std::thread::panicking() {
            assert!(status.success(), "{status}");
        }
    }
}

/// What the command prints to the same question.
fn printed(arguments: &[&str]) -> Value {
    let answer = Command::new(BINARY)
        .args(arguments)
        .args(["--format", "json"])
        .output()
        .expect("the command runs");
    serde_json::from_slice(&answer.stdout).expect("JSON")
}

#[test]
fn tools_have_schemas() {
    let mut client = Client::new();
    let listed = client.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().expect("a list").clone();
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "simulate",
            "compare",
            "explain",
            "why",
            "sensitivity",
            "solve",
            "plan",
            "cost",
            "train",
            "models",
            "machines"
        ]
    );
    for tool in &tools {
        for schema in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[schema]["type"], "object", "{} {schema}", tool["name"]);
        }
        assert_eq!(tool["inputSchema"]["additionalProperties"], false);
        for (argument, schema) in tool["inputSchema"]["properties"].as_object().expect("arguments") {
            assert!(
                schema["description"].is_string(),
                "{argument} of {}",
                tool["name"]
            );
        }
    }
}

#[test]
fn answers_are_those_of_the_command() {
    let mut client = Client::new();
    let small = json!({"resolution": 32, "machine.tiles": 64});
    let settings = ["--set", "resolution=32", "--set", "machine.tiles=64"];
    let with = |first: &[&'static str]| [first, &settings].concat();
    let questions = [
        (
            "simulate",
            json!({"network": "mobilenet-v1", "batch": 2, "precision": "16.32", "set": small}),
            with(&["simulate", "mobilenet-v1", "--batch", "2", "--precision", "16.32"]),
        ),
        (
            "compare",
            json!({"networks": ["mobilenet-v1", "mobilenet-v2"], "set": small}),
            with(&["compare", "mobilenet-v1", "mobilenet-v2"]),
        ),
        (
            "plan",
            json!({"network": "mobilenet-v1", "pass": "input-gradient", "set": small}),
            with(&["plan", "mobilenet-v1", "--pass", "input-gradient"]),
        ),
        (
            "cost",
            json!({"network": "mobilenet-v1", "set": {"resolution": 32}}),
            vec!["cost", "mobilenet-v1", "--set", "resolution=32"],
        ),
        (
            "train",
            json!({"system": "B0-G16-GN-Half_16IPU_2x8", "set": {"resolution": 32}}),
            vec![
                "simulate",
                "--mode",
                "training",
                "--system",
                "B0-G16-GN-Half_16IPU_2x8",
                "--set",
                "resolution=32",
            ],
        ),
        ("models", json!({}), vec!["models"]),
        ("models", json!({"name": "resnet18"}), vec!["models", "resnet18"]),
        ("machines", json!({}), vec!["machines"]),
        ("machines", json!({"name": "bow"}), vec!["machines", "bow"]),
        ("machines", json!({"name": "pod16"}), vec!["machines", "pod16"]),
        (
            "machines",
            json!({"name": "sdk-2.0"}),
            vec!["machines", "sdk-2.0"],
        ),
    ];
    for (tool, arguments, command) in questions {
        assert_eq!(
            client.answer(tool, arguments.clone()),
            printed(&command),
            "{command:?}"
        );
        // Nor does it depend on what was asked before.
        assert_eq!(client.answer(tool, arguments), printed(&command), "{command:?}");
    }
}

#[test]
fn an_explanation_is_a_part_of_the_result() {
    let mut client = Client::new();
    let arguments = json!({"network": "mobilenet-v1", "set": {"resolution": 32, "machine.tiles": 64}});
    let result = client.answer("simulate", arguments.clone());
    let explained = client.answer("explain", arguments);
    assert_eq!(explained["cycles_by_cause"], result["cycles_by_cause"]);
    let slowest = explained["slowest_layers"].as_array().expect("layers");
    assert_eq!(slowest.len(), 10);
    let layers = result["layers"].as_array().expect("layers");
    let most = layers.iter().filter_map(|layer| layer["cycles"].as_u64()).max();
    assert_eq!(slowest[0]["cycles"].as_u64(), most);
    assert!(
        explained["reading"]
            .as_array()
            .is_some_and(|sentences| !sentences.is_empty())
    );
}

#[test]
fn mistakes_are_told_with_their_place() {
    let mut client = Client::new();
    let missing = client.failure("simulate", json!({"network": "nowhere.onnx"}));
    assert_eq!(
        (&missing["kind"], &missing["file"]),
        (&json!("input"), &json!("nowhere.onnx"))
    );
    let unknown = client.failure("simulate", json!({"network": "resnet18", "bacth": 2}));
    assert_eq!(unknown["field"], "bacth");
    assert!(
        unknown["expected"]
            .as_str()
            .is_some_and(|names| names.contains("batch"))
    );
    let wrong = client.failure("simulate", json!({"network": "resnet18", "batch": "many"}));
    assert_eq!(
        (&wrong["kind"], &wrong["field"]),
        (&json!("input"), &json!("batch"))
    );
    let setting = client.failure("cost", json!({"network": "resnet18", "set": {"resolution": [1]}}));
    assert_eq!(setting["field"], "set");
    let none = client.failure("simulate", json!({}));
    assert_eq!(
        (&none["kind"], &none["field"]),
        (&json!("input"), &json!("network"))
    );
    let nameless = client.failure("simulate", json!({"network": 5}));
    assert_eq!(nameless["field"], "network");
    let number = client.failure("simulate", json!({"network": "resnet18", "batch": 0}));
    assert_eq!(
        (&number["field"], &number["kind"]),
        (&json!("batch"), &json!("input"))
    );
    for (tool, arguments) in [
        ("machines", json!({"name": "no such machine"})),
        ("models", json!({"name": "no such network"})),
        ("compare", json!({"networks": []})),
        ("train", json!({"system": "no such system"})),
        ("plan", json!({"network": "resnet18", "layer": "no such layer"})),
        (
            "simulate",
            json!({"network": "resnet18", "set": {"machine.tiles": 0}}),
        ),
        (
            "simulate",
            json!({"network": "resnet18", "input_shapes": ["wide"]}),
        ),
    ] {
        let failure = client.failure(tool, arguments);
        assert_eq!(failure["kind"], "input", "{failure}");
    }
    let unroutable = client.ask("tools/call", json!({"name": "simulte", "arguments": {}}));
    assert_eq!(unroutable["error"]["code"], -32602, "{unroutable}");
    // And it goes on.
    client.answer("models", json!({}));
}

#[test]
fn a_call_can_be_cancelled() {
    let mut client = Client::new();
    // Minutes, if nobody stopped it.
    let long =
        json!({"networks": ["resnet50", "efficientnet-b7-g16"], "batch": 4096, "set": {"resolution": 2048}});
    let id = client.begin("tools/call", json!({"name": "compare", "arguments": long}));
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": {"requestId": id, "reason": "test"}}));
    // Whoever cancels gets no answer, and the next question has its own.
    let listed = client.answer("models", json!({}));
    assert_eq!(listed["schema"], "tilesim-models/1");
}

#[test]
fn who_goes_away_is_no_error() {
    let status = Command::new(BINARY)
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("it runs").success());
}
