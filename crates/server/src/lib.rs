//! The library for tools that call often: a server that speaks the Model Context Protocol over standard input and output.
//!
//! Invariant: nothing is worked out here. A tool hands its arguments to the library and the library's answer back, as the JSON that the
//! command of the same name prints. Standard output carries the protocol alone.

mod failure;
mod questions;
mod server;
mod tool;

use rmcp::{ServiceExt, service::ServerInitializeError};
use tokio::{
    io::{stdin, stdout},
    runtime::Builder,
    task::JoinError,
};

use server::Server;

/// Why a server cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The process has no threads for it.
    #[error("the server cannot start: {0}")]
    Start(#[from] std::io::Error),
    /// Who called does not speak the protocol.
    #[error("no client was understood: {0}")]
    Client(Box<ServerInitializeError>),
    /// The server broke down.
    #[error("the server broke down: {0}")]
    Broken(#[from] JoinError),
}

/// Answers calls of tools over standard input and output, until the input ends. Calls share one simulator, and run side by side.
///
/// # Errors
/// Where the process has no threads for it, or who called does not speak the protocol. Calls that cannot be answered are no errors of the
/// server: their answers say what is wrong.
pub fn serve() -> Result<(), ServeError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        match Server::new().serve((stdin(), stdout())).await {
            Ok(service) => {
                service.waiting().await?;
                Ok(())
            }
            // Nobody was there.
            Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(ServeError::Client(Box::new(error))),
        }
    });
    // Nobody waits for what is still under way.
    runtime.shutdown_background();
    served
}
