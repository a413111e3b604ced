//! What somebody could do to the files of a bundle, and to the bundle itself.

use super::*;

#[test]
fn a_batch_that_is_missing_is_named_and_is_no_flaw_of_the_others() {
    let mut bundle = World::new().bundle;
    for one in &mut bundle.agents {
        for batch in &mut one.batches {
            batch.voucher.logged = None;
        }
        for plan in &mut one.plans {
            plan.voucher.logged = None;
        }
    }
    bundle.log = None;
    drop(bundle.agents[0].batches.drain(1..3));
    let found = checked(&bundle.files());
    assert_eq!(found.flaws, []);
    assert_eq!(
        found.agents[0].gaps,
        ["batches 2 to 3 of epoch 1 are missing"]
    );
    assert_eq!(found.agents[1].gaps, [""; 0]);
}

/// An edit of files by somebody who leaves the rest as it is.
#[derive(Clone, Debug)]
enum Edit {
    Flip(prop::sample::Index, prop::sample::Index, u8),
    Cut(prop::sample::Index, prop::sample::Index, usize),
    Insert(prop::sample::Index, prop::sample::Index, Vec<u8>),
    Swap(prop::sample::Index, prop::sample::Index, usize),
    Remove(prop::sample::Index),
    Copy(prop::sample::Index, String),
    Exchange(prop::sample::Index, prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), at(), 0..8_u8).prop_map(|(file, at, bit)| Edit::Flip(file, at, bit)),
        (at(), at(), 1..200_usize).prop_map(|(file, at, length)| Edit::Cut(file, at, length)),
        (at(), at(), prop::collection::vec(any::<u8>(), 1..50))
            .prop_map(|(file, at, bytes)| Edit::Insert(file, at, bytes)),
        (at(), at(), 1..100_usize).prop_map(|(file, at, length)| Edit::Swap(file, at, length)),
        at().prop_map(Edit::Remove),
        (at(), "[a-z]{1,8}").prop_map(|(file, name)| Edit::Copy(file, name)),
        (at(), at()).prop_map(|(one, other)| Edit::Exchange(one, other)),
    ]
}

fn apply(files: &mut Files, edit: &Edit) {
    let names: Vec<String> = files.keys().cloned().collect();
    let name = |index: &prop::sample::Index| names[index.index(names.len())].clone();
    if let Edit::Flip(file, ..)
    | Edit::Cut(file, ..)
    | Edit::Insert(file, ..)
    | Edit::Swap(file, ..) = edit
        && files[&name(file)].is_empty()
    {
        // An edit before has left nothing of it.
        return;
    }
    match edit {
        Edit::Flip(file, at, bit) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let at = at.index(content.len());
            content[at] ^= 1 << bit;
        }
        Edit::Cut(file, at, length) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let start = at.index(content.len());
            content.drain(start..(start + length).min(content.len()));
        }
        Edit::Insert(file, at, bytes) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let at = at.index(content.len());
            content.splice(at..at, bytes.iter().copied());
        }
        Edit::Swap(file, at, length) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let length = (*length).min(content.len() / 2);
            let start = at.index(content.len() - 2 * length + 1);
            let (left, right) = content[start..start + 2 * length].split_at_mut(length);
            left.swap_with_slice(right);
        }
        Edit::Remove(file) => drop(files.remove(&name(file))),
        Edit::Copy(file, to) => {
            let content = files[&name(file)].clone();
            files.insert(to.clone(), content);
        }
        Edit::Exchange(one, other) => {
            let (one, other) = (name(one), name(other));
            let (first, second) = (files[&one].clone(), files[&other].clone());
            files.insert(one, second);
            files.insert(other, first);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    /// G15: random edits, deletions, insertions and reorders.
    #[test]
    fn g15_every_random_edit_of_the_files_is_noticed(edits in prop::collection::vec(edit(), 1..4)) {
        let whole = bundle_files();
        let mut files = whole.clone();
        edits.iter().for_each(|edit| apply(&mut files, edit));
        prop_assert_eq!(is_noticed(&files), files != *whole);
    }
}

/// 1,000 here; `PROPTEST_CASES=10000` tries as many as are asked for.
fn cases() -> u32 {
    ProptestConfig::default().cases.max(1_000)
}

fn bundle_files() -> &'static Files {
    static FILES: std::sync::OnceLock<Files> = std::sync::OnceLock::new();
    FILES.get_or_init(|| World::new().bundle.files())
}

/// An edit of records by somebody who makes all lists and hashes anew, but has no key.
#[derive(Clone, Debug)]
enum Forgery {
    Attempt(usize, usize, usize),
    Drop(usize, usize),
    Swap(usize, usize),
    Double(usize, usize),
    Move(usize, usize),
    Leaf(usize, usize, u64),
    Received(usize, usize, i64),
    Unsign(usize, usize),
    Entry(usize, usize, u8),
    Rest(usize, usize, u8),
    Region(usize),
    Key(usize, u8),
    Plan(u8),
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let (agent, batch) = (0..2_usize, 0..4_usize);
    prop_oneof![
        (agent.clone(), batch.clone(), 0..30_usize).prop_map(|(a, b, c)| Forgery::Attempt(a, b, c)),
        (agent.clone(), batch.clone()).prop_map(|(a, b)| Forgery::Drop(a, b)),
        (agent.clone(), 0..3_usize).prop_map(|(a, b)| Forgery::Swap(a, b)),
        (agent.clone(), batch.clone()).prop_map(|(a, b)| Forgery::Double(a, b)),
        (agent.clone(), batch.clone()).prop_map(|(a, b)| Forgery::Move(a, b)),
        (agent.clone(), batch.clone(), 1..9_u64).prop_map(|(a, b, c)| Forgery::Leaf(a, b, c)),
        (agent.clone(), batch.clone(), 1..9_i64).prop_map(|(a, b, c)| Forgery::Received(a, b, c)),
        (agent.clone(), batch).prop_map(|(a, b)| Forgery::Unsign(a, b)),
        (0..2_usize, 0..40_usize, 0..8_u8).prop_map(|(a, b, c)| Forgery::Entry(a, b, c)),
        (0..99_usize, 0..32_usize, 0..8_u8).prop_map(|(a, b, c)| Forgery::Rest(a, b, c)),
        agent.clone().prop_map(Forgery::Region),
        (agent, 2..9_u8).prop_map(|(a, b)| Forgery::Key(a, b)),
        (0..8_u8).prop_map(Forgery::Plan),
    ]
}

fn forge(bundle: &mut Bundle, forgery: &Forgery) {
    let logged = |bundle: &mut Bundle, agent: usize, batch: usize| -> Logged {
        bundle.agents[agent].batches[batch]
            .voucher
            .logged
            .expect("it is logged")
    };
    match forgery {
        Forgery::Attempt(agent, batch, at) => rewrite(&mut bundle.agents[*agent], *batch, *at),
        Forgery::Drop(agent, batch) => drop(bundle.agents[*agent].batches.remove(*batch)),
        Forgery::Swap(agent, batch) => bundle.agents[*agent].batches.swap(*batch, batch + 1),
        Forgery::Double(agent, batch) => {
            let copy = bundle.agents[*agent].batches[*batch].clone();
            bundle.agents[*agent].batches.insert(*batch, copy);
        }
        Forgery::Move(agent, batch) => {
            let moved = bundle.agents[*agent].batches.remove(*batch);
            bundle.agents[1 - agent].batches.push(moved);
        }
        Forgery::Leaf(agent, batch, by) => {
            let mut logged = logged(bundle, *agent, *batch);
            logged.leaf += by;
            bundle.agents[*agent].batches[*batch].voucher.logged = Some(logged);
        }
        Forgery::Received(agent, batch, by) => {
            let mut logged = logged(bundle, *agent, *batch);
            logged.received.0 += by;
            bundle.agents[*agent].batches[*batch].voucher.logged = Some(logged);
        }
        Forgery::Unsign(agent, batch) => {
            bundle.agents[*agent].batches[*batch].voucher.signed = None;
        }
        Forgery::Entry(place, at, bit) => {
            let log = bundle.log.as_mut().expect("a log");
            let entry = log.entries.values_mut().nth(*place).expect("two keys");
            let at = at % entry.len();
            entry[at] ^= 1 << bit;
        }
        Forgery::Rest(place, at, bit) => {
            let rest = &mut bundle.log.as_mut().expect("a log").partial.rest;
            let place = place % rest.len();
            rest[place].0[*at] ^= 1 << bit;
        }
        Forgery::Region(agent) => bundle.manifest.agents[*agent].region = name("mars"),
        Forgery::Key(agent, seed) => {
            bundle.manifest.agents[*agent].keys[0].key = key(*seed).public().to_string();
        }
        Forgery::Plan(bit) => {
            let text = bundle.plans.values_mut().next().expect("a plan");
            let site = text.find("Groupdesk").expect("its site");
            let other = if *bit > 3 { "Groupdesc" } else { "Froupdesk" };
            text.replace_range(site..site + 9, other);
        }
    }
}

/// Turns an attempt around, and makes the batch and all after it anew, as somebody without the key can.
fn rewrite(exhibits: &mut Exhibits, batch: usize, at: usize) {
    use crate::verdict::Verdict;
    let mut previous = None;
    for (place, one) in exhibits.batches.iter_mut().enumerate().skip(batch) {
        let sealed = Sealed {
            head: one.head.clone(),
            body: one.body.clone().expect("a body"),
        };
        let mut opened = Batch::open(&sealed).expect("a batch");
        if place == batch {
            let attempt = &mut opened.attempts[at];
            attempt.verdict = match attempt.verdict {
                Verdict::Good => Verdict::Bad,
                _ => Verdict::Good,
            };
        }
        opened.header.previous = previous.unwrap_or(opened.header.previous);
        let Sealed { head, body } = opened.seal().expect("small");
        previous = Some(Hash::of(&head));
        (one.head, one.body) = (head, Some(body));
    }
}

proptest! {
    /// Whoever has no key is noticed, however carefully hashes and lists are made anew.
    #[test]
    fn g15_every_forgery_is_noticed(forgery in forgery()) {
        let mut bundle = World::new().bundle;
        forge(&mut bundle, &forgery);
        prop_assert!(is_noticed(&bundle.files()), "{forgery:?}");
    }
}

/// The control: without the hash over its body, a flipped bit in a batch would often be read as another attempt.
#[test]
fn without_the_hash_over_a_body_flipped_bits_would_pass() {
    let world = World::new();
    let batch = &world.bundle.agents[0].batches[0];
    let body = batch.body.clone().expect("a body");
    let mut passed = 0;
    for bit in 0..body.len() * 8 {
        let mut edited = body.clone();
        edited[bit / 8] ^= 1 << (bit % 8);
        let mut head = crate::wire::Head::decode(&batch.head).expect("a head");
        head.body = Hash::of(&edited);
        let sealed = Sealed {
            head: head.encode(),
            body: edited,
        };
        passed += usize::from(Batch::open(&sealed).is_ok());
    }
    println!(
        "{passed} of {} flipped bits pass without the hash",
        body.len() * 8
    );
    assert!(passed > 0, "the check above proves nothing");
}
