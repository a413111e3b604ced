//! The structure of the document for who hears it: parts in the order in which they are painted.

use std::num::NonZeroU16;

use krilla::tagging::{
    Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

use super::item::{Part, Parts, Role};

/// What a part holds.
enum Child {
    Part(Part),
    Content(Identifier),
    /// An address with what is shown of it, and the area that leads there.
    Link(Vec<Identifier>),
}

/// The structure in the making.
pub(super) struct Structure<'a> {
    parts: &'a Parts,
    children: Vec<Vec<Child>>,
    /// Parts that belong to the document itself.
    roots: Vec<Part>,
    /// Which parts have been painted on.
    known: Vec<bool>,
}

/// The place of a link, to add the area that leads there.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkAt(Part, usize);

impl<'a> Structure<'a> {
    pub(super) fn new(parts: &'a Parts) -> Self {
        let count = parts.0.len();
        Self {
            parts,
            children: (0..count).map(|_| Vec::new()).collect(),
            roots: Vec::new(),
            known: vec![false; count],
        }
    }

    /// Something of the part was painted.
    pub(super) fn content(&mut self, part: Part, content: Identifier) {
        self.reach(part);
        self.children[part.0].push(Child::Content(content));
    }

    /// An address in the part was painted.
    pub(super) fn link(&mut self, part: Part, content: Identifier) -> LinkAt {
        self.reach(part);
        let own = &mut self.children[part.0];
        own.push(Child::Link(vec![content]));
        LinkAt(part, own.len() - 1)
    }

    /// The area that leads to an address.
    pub(super) fn area(&mut self, LinkAt(part, index): LinkAt, area: Identifier) {
        if let Some(Child::Link(all)) = self.children[part.0].get_mut(index) {
            all.push(area);
        }
    }

    /// Puts the part into the one that it belongs to, when it is first painted on.
    fn reach(&mut self, part: Part) {
        if std::mem::replace(&mut self.known[part.0], true) {
            return;
        }
        match self.parts.0[part.0].1 {
            Some(within) => {
                self.reach(within);
                self.children[within.0].push(Child::Part(part));
            }
            None => self.roots.push(part),
        }
    }

    pub(super) fn tree(mut self) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some("en".into()));
        for root in std::mem::take(&mut self.roots) {
            tree.push(self.group(root));
        }
        tree
    }

    fn group(&mut self, part: Part) -> TagGroup {
        let mut group = TagGroup::new(tag(&self.parts.0[part.0].0));
        for child in std::mem::take(&mut self.children[part.0]) {
            group.push(match child {
                Child::Part(part) => Node::Group(self.group(part)),
                Child::Content(content) => Node::Leaf(content),
                Child::Link(all) => {
                    let all = all.into_iter().map(Node::Leaf).collect();
                    Node::Group(TagGroup::with_children(Tag::Link, all))
                }
            });
        }
        group
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Section => Tag::Section.into(),
        Role::Heading(level, title) => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(title.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::None).into(),
        Role::Entry => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Caption => Tag::Caption.into(),
        Role::Heads => Tag::THead.into(),
        Role::Rows => Tag::TBody.into(),
        Role::Totals => Tag::TFoot.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(words) => Tag::Figure(Some(words.clone())).into(),
    }
}
