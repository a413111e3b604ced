//! Agents and a hub on machines of their own, with a network between them that breaks.

mod world;

use std::time::Duration;

use fastrand::Rng;

use self::world::{AGENTS, World};
use crate::support::program;
use crate::support::streets::Streets;
use crate::support::wait::pause;

/// How often something happens to the network or to somebody on it.
const EVENTS: usize = 40;

/// And how long it lasts at most.
const LONGEST: Duration = Duration::from_millis(1_500);

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

#[test]
fn whatever_the_network_does_the_hub_tells_what_the_agents_files_tell() {
    let Some(mut world) = World::build() else {
        return;
    };
    let mut chance = Rng::with_seed(2018);
    // East reaches the hub by itself, central by a bad line, west by somebody who resends what he likes.
    world.manner("post", "chaos");
    for number in 0..EVENTS {
        happen(&mut world, &mut chance, number);
    }
    world.heal();
    world.must_agree();
}

/// Something goes wrong, for a while.
fn happen(world: &mut World, chance: &mut Rng, number: usize) {
    let lasts = LONGEST.mul_f64(chance.f64());
    let agent = AGENTS[chance.usize(..AGENTS.len())];
    match number % 10 {
        0 | 5 => world.partitioned("hub", agent, lasts),
        1 => world.partitioned(agent, "hub", lasts),
        2 => world.unplugged("hub", lasts),
        3 => world.unplugged(agent, lasts),
        4 | 9 => world.kill_hub(lasts),
        6 => world.kill_agent(agent, lasts),
        _ => {
            let manners = [
                "delay 200",
                "rate 5000",
                "reset",
                "deaf",
                "black-hole",
                "half-close",
                "corrupt",
            ];
            world.manner("line", manners[chance.usize(..manners.len())]);
            pause(lasts);
            world.manner("line", "pass");
        }
    }
}
