//! Everything that looks at the site: journeys over real TLS and HTTP, on a schedule, journaled before they count.

pub mod clock;
pub mod dial;
