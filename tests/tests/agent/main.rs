//! The whole agent against the stand-in.

#[cfg(test)]
mod day;
