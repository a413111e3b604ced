//! The accuracy run, reduced: each of its promises and facts on fewer schedules, by a fixed seed.

#[cfg(test)]
mod facts;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod models;
#[cfg(test)]
mod promises;
