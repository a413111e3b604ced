//! Puts what was laid out into a document.

use krilla::Document;
use krilla::SerializeSettings;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
use ledger::time::Timestamp;

use super::item::{Corners, Item, Part, Tint};
use super::layout::Laid;
use super::sheets::Sheet;
use super::structure::{LinkAt, Structure};
use super::style;
use super::words::{Bit, Line};
use super::{PdfError, Print};
use crate::chart::Drawing;
use crate::chart::pdf as chart;
use crate::escape::printable;
use crate::report::page::Page;
use crate::typeset::font::Fonts;
use crate::typeset::{Pt, Voice};

/// A sheet that is painted on.
struct Brush<'s, 'd, 'a> {
    surface: Surface<'d>,
    structure: &'s mut Structure<'a>,
    fonts: &'s Fonts,
    /// Addresses with the area that leads there.
    links: Vec<(LinkAt, Rect, String)>,
    /// The height of the sheet.
    high: Pt,
}

/// The file.
pub(super) fn document(
    laid: &Laid<'_>,
    page: &Page,
    (print, fonts): (Print, &Fonts),
) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::new_with(settings()?);
    let mut structure = Structure::new(&laid.parts);
    let mut outline = Outline::new();
    for (index, sheet) in laid.sheets.iter().enumerate() {
        for (words, y) in &sheet.marks {
            let place = Point::from_xy(0.0, y.points());
            let place = XyzDestination::new(index, place);
            outline.push_child(OutlineNode::new(printable(words), place));
        }
        let size = sheet.size(print.paper);
        let settings = PageSettings::from_wh(size.wide.points(), size.high.points());
        let settings = settings.ok_or_else(|| PdfError::Refused("a sheet has no size".into()))?;
        let mut leaf = document.start_page_with(settings);
        let mut brush = Brush {
            surface: leaf.surface(),
            structure: &mut structure,
            fonts,
            links: Vec::new(),
            high: size.high,
        };
        brush.sheet(sheet);
        let links = brush.done();
        for (link, area, address) in links {
            let action = Action::Link(LinkAction::new(address.clone()));
            let area = LinkAnnotation::new(area, Target::Action(action));
            let area = Annotation::new_link(area, Some(address));
            structure.area(link, leaf.add_tagged_annotation(area));
        }
        leaf.finish();
    }
    document.set_outline(outline);
    document.set_metadata(metadata(page, print.made));
    document.set_tag_tree(structure.tree());
    let refused = |error: krilla::error::KrillaError| PdfError::Refused(format!("{error:?}"));
    document.finish().map_err(refused)
}

/// For people who hear it (PDF/UA-1), and for archives (PDF/A-2a).
fn settings() -> Result<SerializeSettings, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| PdfError::Refused(format!("{error:?}")))?;
    Ok(SerializeSettings {
        configuration,
        enable_tagging: true,
        ..SerializeSettings::default()
    })
}

fn metadata(page: &Page, made: Timestamp) -> Metadata {
    Metadata::new()
        .title(printable(&page.running))
        .description(printable(&page.kicker))
        .language("en".into())
        .creator(concat!("reporter ", env!("CARGO_PKG_VERSION")).into())
        .creation_date(date(made))
        .document_id(printable(&format!("{}; {}", page.running, page.seal)))
}

fn date(at: Timestamp) -> DateTime {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let small = |part: i8| u8::try_from(part).unwrap_or(0);
    DateTime::new(u16::try_from(at.year()).unwrap_or(0))
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

impl Brush<'_, '_, '_> {
    fn sheet(&mut self, sheet: &Sheet<'_>) {
        for item in &sheet.items {
            match item {
                Item::Words {
                    at,
                    voice,
                    line,
                    part: Some(part),
                } => self.words(line, *voice, *at, *part),
                Item::Words {
                    at, voice, line, ..
                } => self.repeated(&line.text(), *voice, *at),
                Item::Fill(corners, tint) => self.fill(*corners, *tint),
                Item::Chart {
                    at,
                    wide,
                    drawing,
                    part,
                } => self.chart(drawing, (*at, *wide), *part),
            }
        }
    }

    fn done(self) -> Vec<(LinkAt, Rect, String)> {
        self.surface.finish();
        self.links
    }

    /// A line in stretches: addresses, and what stands between them.
    fn words(&mut self, line: &Line, voice: Voice, (mut x, y): (Pt, Pt), part: Part) {
        let mut stretches: Vec<(String, &str)> = Vec::new();
        for Bit { text, link, .. } in &line.bits {
            match stretches.last_mut() {
                Some((words, last)) if *last == link => words.push_str(text),
                _ => stretches.push((text.clone(), link)),
            }
        }
        // Words are parted by a space also where the line ends.
        if let Some((words, _)) = stretches.last_mut().filter(|_| line.goes_on) {
            words.push(' ');
        }
        if stretches.is_empty() {
            stretches.push((String::new(), ""));
        }
        for (words, link) in stretches {
            let ink = if link.is_empty() {
                voice.ink
            } else {
                style::LINK
            };
            let voice = Voice { ink, ..voice };
            let from = x;
            let content = self
                .surface
                .start_tagged(ContentTag::Span(SpanTag::empty()));
            x = chart::write(&mut self.surface, self.fonts, (&words, voice), (x, y));
            self.surface.end_tagged();
            if link.is_empty() {
                self.structure.content(part, content);
                continue;
            }
            let at = self.structure.link(part, content);
            let (top, bottom) = (y - voice.size.share(80, 100), y + voice.size.share(25, 100));
            let area = Rect::from_ltrb(from.points(), top.points(), x.points(), bottom.points());
            self.links
                .extend(area.map(|area| (at, area, link.to_owned())));
        }
    }

    /// What repeats is not told again.
    fn repeated(&mut self, text: &str, voice: Voice, at: (Pt, Pt)) {
        let kind = match at.1 {
            y if y < super::sheet::EDGE + voice.leading => ArtifactType::Header,
            y if y > self.high - super::sheet::EDGE - voice.leading => ArtifactType::Footer,
            _ => ArtifactType::PaginationOther,
        };
        self.artifact(kind);
        chart::write(&mut self.surface, self.fonts, (text, voice), at);
        self.surface.end_tagged();
    }

    fn artifact(&mut self, kind: ArtifactType) {
        let artifact = Artifact::with_kind(kind);
        self.surface.start_tagged(ContentTag::Artifact(artifact));
    }

    fn fill(&mut self, ((left, top), (right, bottom)): Corners, tint: Tint) {
        let mut line = PathBuilder::new();
        let area = Rect::from_ltrb(left.points(), top.points(), right.points(), bottom.points());
        area.into_iter().for_each(|area| line.push_rect(area));
        let Some(path) = line.finish() else { return };
        self.artifact(ArtifactType::Layout);
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(chart::filled(tint)));
        self.surface.draw_path(&path);
        self.surface.end_tagged();
    }

    fn chart(&mut self, drawing: &Drawing, ((left, top), wide): ((Pt, Pt), Pt), part: Part) {
        let scale = wide.points() / Pt(drawing.width.0 * 1_000).points();
        let place = Transform::from_row(scale, 0.0, 0.0, scale, left.points(), top.points());
        let content = self.surface.start_tagged(ContentTag::Other);
        self.surface.push_transform(&place);
        chart::draw(drawing, &mut self.surface, self.fonts);
        self.surface.pop();
        self.surface.end_tagged();
        self.structure.content(part, content);
    }
}
