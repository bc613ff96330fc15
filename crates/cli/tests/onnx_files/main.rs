//! Files that users bring, and what is right for each: `field`, `references` and `zoo` of the reference data. Every file is one
//! case, read from the table of the folder's README or from its CSV, so that no file goes without one.

mod case;
mod field;
mod references;
mod zoo;
