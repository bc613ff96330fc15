//! Input that is made to break things: refused with an error, in bounded memory and time, and never by an abort.

mod arrays;
mod faults;
mod files;
mod input;
mod networks;
mod support;
mod time;
