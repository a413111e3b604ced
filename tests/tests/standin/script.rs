//! Mistakes in scripts, all at once.

use groupdesk::script::Script;
use insta::assert_snapshot;

fn mistakes(text: &str) -> String {
    Script::parse("fault.toml", text).unwrap_err().to_string()
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let text = r#"seed = "x"
start = "2018-12-14T17:15"
patience = "-1s"
regions = ["us-east", "EU"]
colour = "red"

[[fault]]
kind = "refusd"
from = "+20s"

[[fault]]
kind = "status"
from = "+20s"
until = "+10s"
status = 200
share = 1.5
persona = "admin"
account = "user-9"
path = "login"
regoin = "us-east"

[[fault]]
kind = "refused"
from = "2018-12-14T17:15:00-05:00"
until = "+20s"
path = "/login"

[[fault]]
kind = "slow"
until = "+20s"
for = "later"

[[fault]]
from = "+20s"

[[fault]]
kind = "hang"
from = 5
for = "20s"
period = "10s"

[[fault]]
kind = "agent_network"
from = "+0s"
"#;
    assert_snapshot!(mistakes(text), @r#"
    fault.toml:1: seed: found "x"; expected a whole number from 0
    fault.toml:2: start: found "2018-12-14T17:15"; expected an instant with its offset, such as "2018-12-14T17:15:00-05:00"
    fault.toml:3: patience: found "-1s"; expected a length of time such as "250ms" or "1h 30m"
    fault.toml:4: regions: found a list; expected a region's name or a list of them
    fault.toml:5: colour: found a key that means nothing here; expected one of seed, start, end, patience, regions, fault
    fault.toml:8: fault 1: kind: found "refusd"; expected "refused", perhaps
    fault.toml:14: fault 2 (status): until: found "+10s"; expected an end after from
    fault.toml:15: fault 2 (status): status: found 200; expected a status from 400 to 599
    fault.toml:16: fault 2 (status): share: found 1.5; expected a number over 0, up to 1
    fault.toml:17: fault 2 (status): persona: found "admin"; expected "user" or "traveler"
    fault.toml:18: fault 2 (status): account: found "user-9"; expected an account, "user-1" to "user-6" or "traveler-1" to "traveler-6"
    fault.toml:19: fault 2 (status): path: found "login"; expected a path such as "/login" or "/api/*"
    fault.toml:20: fault 2 (status): regoin: found a key that means nothing here; expected "region", perhaps
    fault.toml:25: fault 3 (refused): until: found "+20s"; expected the same form as from: both instants or both offsets
    fault.toml:26: fault 3 (refused): path: found a key that means nothing here; expected one of kind, from, until, for, note, region, share, period, on
    fault.toml:28: fault 4 (slow): from: found nothing; expected an instant such as "2018-12-14T17:15:00-05:00" or an offset such as "+20s"
    fault.toml:28: fault 4 (slow): delay: found nothing; expected a value, since slow cannot do without it
    fault.toml:31: fault 4 (slow): for: found "later"; expected a length of time such as "250ms" or "1h 30m"
    fault.toml:31: fault 4 (slow): for: found "later"; expected either until or for
    fault.toml:33: fault 5: kind: found nothing; expected one of status, refused, reset, hang, slow, tls_expired, tls_wrong_host, new_certificate, login_refused, login_page_again, account_locked, sessions_dropped, wrong_content, truncated, throttled, huge_headers, endless_body, drip, redirect_loop, redirect_away, form_away, garbage, agent_network, platform_auth, platform_down
    fault.toml:36: fault 6 (hang): on: found nothing; expected period and on together, such as period = "60s", on = "20s"
    fault.toml:38: fault 6 (hang): from: found 5; expected an instant with its offset, such as "2018-12-14T17:15:00-05:00", or an offset such as "+20s"
    fault.toml:42: fault 7 (agent_network): until: found nothing; expected an end: until = an instant or offset, or for = a length
    fault.toml:42: fault 7 (agent_network): region: found nothing; expected a value, since agent_network cannot do without it
    "#);
}

#[test]
fn regions_must_be_those_of_the_script() {
    let text = "regions = ['us-east', 'eu-west']\n[[fault]]\nkind = 'refused'\nfrom = '+1s'\nfor = '1s'\nregion = 'asia'";
    assert_snapshot!(mistakes(text), @r#"fault.toml:6: fault 1 (refused): region: found "asia"; expected regions of this script: us-east, eu-west"#);
}

#[test]
fn broken_toml_is_told_too() {
    assert_snapshot!(mistakes("seed = \n[[fault]\nkind = 'status'"), @r#"
    fault.toml:1: syntax: found "seed = "; expected TOML (string values must be quoted, expected literal string)
    fault.toml:2: syntax: found "[[fault]"; expected TOML (unclosed array table, expected `]`)
    "#);
}
