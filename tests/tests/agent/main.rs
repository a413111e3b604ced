//! The whole agent against the stand-in.

#[cfg(test)]
mod day;
#[cfg(test)]
mod sessions;
