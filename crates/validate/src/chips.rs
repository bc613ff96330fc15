//! The machines that rows name.

use std::{collections::BTreeMap, path::Path};

use tilesim_machine::Machine;
use tilesim_terms::TranspositionKernel;

use crate::error::ValidateError;

/// Machines by name, each loaded once.
#[derive(Debug, Default)]
pub(crate) struct Chips(BTreeMap<String, Machine>);

impl Chips {
    /// The bundled machine of a name, or the one that a JSON file of that name describes.
    pub(crate) fn get(&mut self, name: &str) -> Result<&Machine, ValidateError> {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), load(name)?);
        }
        Ok(&self.0[name])
    }
}

fn load(name: &str) -> Result<Machine, ValidateError> {
    let path = Path::new(name);
    let is_file = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let loaded = if is_file {
        let text = tilesim_files::read_text(path).map_err(ValidateError::read(path))?;
        tilesim_machine::parse(&text, name)?
    } else {
        tilesim_machine::load(name)?
    };
    Ok(loaded.machine)
}

/// A machine with the library that the vendor's tables were counted with (PopLibs 7eac0f26): its transpositions are not split yet.
pub(crate) fn of_tables(machine: &Machine) -> Machine {
    let mut machine = machine.clone();
    machine.library.transposition = TranspositionKernel::WholeMatrices;
    machine
}
