//! Agents and a hub on machines of their own, with a network between them that breaks.

use crate::support::program;
use crate::support::streets::Streets;

#[test]
fn houses_reach_each_other_until_the_way_is_cut() {
    let Some(streets) = Streets::build(&["hub", "east"]) else {
        return;
    };
    assert!(streets.reaches("east", "hub") && streets.reaches("hub", "east"));
    // One way is enough to break both: what is sent arrives, and the answer does not.
    streets.cut("hub", "east");
    assert!(!streets.reaches("east", "hub"));
    streets.mend("hub", "east");
    assert!(streets.reaches("east", "hub"));
    streets.unplug("east");
    assert!(!streets.reaches("hub", "east"));
    streets.plug("east");
    assert!(streets.reaches("hub", "east"));

    // Programs of ours run there, and nowhere else can they be reached.
    let mut meddler = streets.command("east", "meddler");
    let hub = format!("{}:8448", streets.address("hub"));
    let ended = program::run(meddler.args(["--listen", "127.0.0.1:8448", "--to", &hub]));
    assert_eq!(ended.out, "127.0.0.1:8448\n", "{}", ended.err);
}
