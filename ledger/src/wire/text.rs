//! Texts of printable ASCII: what one shares with the text before, then character by character.

use super::number::Number;
use super::range::{Bit, Code};
use super::{MAX_TEXT, WireError, limit};

/// What texts of one table have been so far.
#[derive(Debug)]
pub(super) struct Text {
    cut: Number,
    /// By the character at the same place of the text before, while the two go alike.
    alike: Tries,
    /// By the character before.
    own: Tries,
    before: Vec<u8>,
    now: Vec<u8>,
}

/// How many bytes of text a batch may still have.
#[derive(Debug)]
pub(super) struct Room(usize);

/// By a character, what the next one is.
#[derive(Debug)]
struct Tries(Vec<Option<Box<Trie>>>);

/// The one that it was the last time, or one of a tree of seven decisions.
#[derive(Clone, Debug)]
struct Trie {
    last: u8,
    again: Bit,
    tree: [Bit; 128],
}

impl Room {
    pub(super) const fn whole() -> Self {
        Self(MAX_TEXT)
    }

    fn take(&mut self, bytes: usize) -> Result<(), WireError> {
        let used = MAX_TEXT - self.0 + bytes;
        limit("bytes of text", used, MAX_TEXT)?;
        self.0 -= bytes;
        Ok(())
    }
}

impl Default for Text {
    fn default() -> Self {
        Self {
            cut: Number::new(),
            alike: Tries(vec![None; 128]),
            own: Tries(vec![None; 128]),
            before: Vec::new(),
            now: Vec::new(),
        }
    }
}

impl Text {
    /// The next text of the table, at most `longest` bytes of it. Zero bytes end a text, so it must have none.
    pub(super) fn code(
        &mut self,
        code: &mut impl Code,
        text: &str,
        longest: usize,
        room: &mut Room,
    ) -> Result<&str, WireError> {
        let text = text.as_bytes();
        std::mem::swap(&mut self.before, &mut self.now);
        let (before, now) = (&self.before, &mut self.now);
        let pairs = text.iter().zip(before);
        let shared = pairs.take_while(|(one, other)| one == other).count();
        let cut = self.cut.size(code, before.len() - shared);
        let shared = before.len().checked_sub(cut);
        let shared = shared.ok_or(WireError::Malformed("a text shares more than there is"))?;
        now.clear();
        now.extend_from_slice(&before[..shared]);
        let mut alike = true;
        loop {
            let aligned = before.get(now.len()).copied().filter(|_| alike);
            let next = text.get(now.len()).copied().unwrap_or(0);
            let next = match aligned {
                Some(aligned) => self.alike.code(code, aligned, next),
                None => self.own.code(code, now.last().copied().unwrap_or(0), next),
            };
            if next == 0 {
                break;
            }
            alike = now.len() == shared || aligned == Some(next);
            limit("bytes in a text", now.len() + 1, longest)?;
            now.push(next);
        }
        room.take(now.len())?;
        std::str::from_utf8(now).map_err(|_| WireError::Malformed("a text is no UTF-8"))
    }
}

impl Tries {
    fn code(&mut self, code: &mut impl Code, context: u8, byte: u8) -> u8 {
        let trie = &mut self.0[usize::from(context & 127)];
        let trie = trie.get_or_insert_with(|| Box::new(Trie::NEW));
        if code.bit(&mut trie.again, byte == trie.last) {
            return trie.last;
        }
        let mut node = 1_usize;
        for place in (0..7).rev() {
            let bit = code.bit(&mut trie.tree[node], byte >> place & 1 == 1);
            node = node << 1 | usize::from(bit);
        }
        trie.last = u8::try_from(node & 127).unwrap_or(0);
        trie.last
    }
}

impl Trie {
    const NEW: Self = Self {
        last: 0,
        again: Bit::NEW,
        tree: [Bit::NEW; 128],
    };
}
