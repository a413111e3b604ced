//! The shipped `probes.toml` against the stand-in.

#[cfg(test)]
mod tries;
