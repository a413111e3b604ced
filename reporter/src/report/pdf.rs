//! A page as a PDF document: tagged, titled, with its fonts in it, and the same bytes each time.
//!
//! It is laid out first (`blocks`, `table` and `sheets` are pure), so that the number of sheets is known, and painted then.

#[cfg(feature = "pdf")]
mod blocks;
#[cfg(feature = "pdf")]
mod desk;
#[cfg(feature = "pdf")]
mod item;
#[cfg(feature = "pdf")]
mod layout;
#[cfg(feature = "pdf")]
mod paint;
#[cfg(feature = "pdf")]
mod sheet;
#[cfg(feature = "pdf")]
mod sheets;
#[cfg(feature = "pdf")]
mod structure;
#[cfg(feature = "pdf")]
mod style;
#[cfg(feature = "pdf")]
mod table;
#[cfg(test)]
#[cfg(feature = "pdf")]
pub(crate) mod tests;
#[cfg(feature = "pdf")]
mod words;

use clap::ValueEnum;
use ledger::time::Timestamp;
use serde::Serialize;

use super::page::Page;

/// The size of sheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Paper {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

/// What a document is made with beside its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// The size of its sheets.
    pub paper: Paper,
    /// Its date: the report's own time, not that of the machine.
    pub made: Timestamp,
}

/// A document with the places of its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its figures in order.
    pub figures: Vec<OnSheet>,
}

/// A figure on a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OnSheet {
    /// The sheet, from 1.
    pub page: usize,
    /// How far its left end is from the left edge of the sheet, in whole points.
    pub left: i32,
    /// How far the foot of its letters is from the upper edge, in whole points.
    pub base: i32,
    /// What is printed.
    pub text: String,
    /// The JSON pointer of what it was printed from.
    pub json: String,
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// The feature was left out.
    #[error(
        "this reporter was built without PDF (its feature `pdf`); take another build, or another form: HTML prints well"
    )]
    LeftOut,
    /// It would break a rule of PDF/UA or PDF/A.
    #[error(
        "the document breaks a rule of its format: {0}; please tell who maintains the reporter"
    )]
    Refused(String),
}

/// Whether this program can make PDF at all.
pub const BUILT_IN: bool = cfg!(feature = "pdf");

/// Any page as a document. The same page gives the same bytes.
///
/// # Errors
/// [`PdfError`] if the program was built without PDF, or if the document were not what it claims to be.
#[cfg(feature = "pdf")]
pub fn document(page: &Page, print: Print) -> Result<Document, PdfError> {
    let fonts = crate::typeset::font::Fonts::new();
    let laid = layout::laid(page, print.paper, &fonts);
    Ok(Document {
        bytes: paint::document(&laid, page, (print, &fonts))?,
        figures: layout::figures(&laid, &fonts),
    })
}

/// As above, where the feature was left out.
///
/// # Errors
/// Always [`PdfError::LeftOut`].
#[cfg(not(feature = "pdf"))]
pub fn document(_page: &Page, _print: Print) -> Result<Document, PdfError> {
    Err(PdfError::LeftOut)
}
