//! What report.pdf is printed on.

use clap::Args;

use super::exit::Usage;
use crate::report::pdf::{self, Paper, PdfError};

/// The paper that was asked for.
#[derive(Debug, Args)]
pub(super) struct Sheets {
    /// The size of the sheets of report.pdf; A4 unless said otherwise.
    #[arg(long, value_enum)]
    paper: Option<Paper>,
}

impl Sheets {
    /// Their size; an error if PDF was left out when this program was built, and somebody chose.
    pub(super) fn size(&self) -> Result<Paper, Usage> {
        match self.paper {
            Some(_) if !pdf::BUILT_IN => Err(Usage(PdfError::LeftOut.to_string())),
            paper => Ok(paper.unwrap_or_default()),
        }
    }
}
