//! The engine as a whole: stories in, assessments out.

mod december;
