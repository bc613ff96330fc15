//! The protocol: tools are listed and called, calls are cancelled.

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
};
use serde_json::Value;
use tilesim::{Cancellation, Simulator};

use crate::{failure::Failure, questions::tools, tool::Tool};

/// What a client is told of all tools together.
const INSTRUCTIONS: &str = "Simulates neural networks on many-tile processors (IPU-style chips): how long they take, whether they fit, \
    and why. `models` and `machines` list what is bundled. A network is a bundled name, a JSON specification or an ONNX file. Answers \
    are the JSON that the command `tilesim` prints; cycles are of the tile clock, sizes in bytes. That a network does not fit is no error \
    but a result (`memory.fits`).";

/// The tools, and the simulator that their calls share.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    tools: Arc<[Tool]>,
    simulator: Arc<Simulator>,
}

impl Server {
    /// A server that has not been asked anything yet.
    pub(crate) fn new() -> Self {
        Self {
            tools: tools().into(),
            simulator: Arc::new(Simulator::new()),
        }
    }

    fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.described.name == name)
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("tilesim", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let described = self.tools.iter().map(|tool| tool.described.clone());
        Ok(ListToolsResult::with_all_items(described.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tool(&request.name).cloned() else {
            let names: Vec<&str> = self.tools.iter().map(|tool| &*tool.described.name).collect();
            let message = format!(
                "there is no tool `{}`; expected one of {}",
                request.name,
                names.join(", ")
            );
            return Err(ErrorData::invalid_params(message, None));
        };
        let cancellation = Cancellation::new();
        let simulator = self.simulator.cancelled_by(&cancellation);
        let arguments = request.arguments.unwrap_or_default();
        let call = tokio::task::spawn_blocking(move || tool.call(&arguments, &simulator));
        let watch = tokio::spawn(async move {
            context.ct.cancelled().await;
            cancellation.ask();
        });
        let answer = call.await;
        watch.abort();
        let answer = answer.unwrap_or_else(|_| Err(Failure::broken("the simulator broke down")));
        let result = match answer {
            Ok(answer) => CallToolResult::structured(answer),
            Err(failure) => CallToolResult::structured_error(
                serde_json::to_value(&failure).unwrap_or_else(|_| Value::String(failure.message)),
            ),
        };
        Ok(result.into())
    }
}
