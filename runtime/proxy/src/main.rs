//! The stand-alone proxy binary.
fn main() {}
