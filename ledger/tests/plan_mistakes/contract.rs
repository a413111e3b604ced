//! Contracts and their rules.

use super::instead_of;

#[test]
fn targets() {
    insta::assert_snapshot!(
        instead_of(
            "target = 99.9",
            &[
                "target = 110",
                "target = \"110 %\"",
                "target = 0",
                "target = 0.999",
                "target = -1",
                "target = 99.99999",
                "target = 99.9e0",
                "target = \"most\"",
                "target = true",
                "",
            ],
        ),
        @r#"
    ## target = 110
    54: contract "acme": target = 110 is more than 100 %
      write a percentage from 0 to 100, such as 99.9 or "99.9 %"
    ## target = "110 %"
    54: contract "acme": target = "110 %" is more than 100 %
      write a percentage from 0 to 100, such as 99.9 or "99.9 %"
    ## target = 0
    54: contract "acme": target = 0 promises less than 1 %
      write percent, such as 99.9 or "99.9 %"
    ## target = 0.999
    54: contract "acme": target = 0.999 promises less than 1 %
      write percent, such as 99.9 or "99.9 %"
    ## target = -1
    54: contract "acme": target = -1 is not a percentage
      write a percentage from 0 to 100, such as 99.9 or "99.9 %"
    ## target = 99.99999
    54: contract "acme": target = 99.99999 is finer than a millionth
      use at most 4 decimals
    ## target = 99.9e0
    54: contract "acme": target = 99.9e0 is not a percentage
      write a percentage from 0 to 100, such as 99.9 or "99.9 %"
    ## target = "most"
    54: contract "acme": target = "most" is not a percentage
      write a percentage from 0 to 100, such as 99.9 or "99.9 %"
    ## target = true
    54: contract "acme": target is a boolean, not a percentage
      write a percentage from 0 to 100, such as 99.9 or "99.9 %"
    ## 
    50: contract "acme": target is missing
      such as target = 99.9
    "#
    );
}

#[test]
fn zones_and_names() {
    insta::assert_snapshot!(
        instead_of(
            "zone = \"America/New_York\"",
            &["zone = \"EST5\"", "zone = \"America/New York\"", "zone = \"+02:00\"", ""],
        ),
        @r#"
    ## zone = "EST5"
    53: contract "acme": zone = "EST5" is not a time zone
      use an IANA name such as "UTC", "Europe/Berlin" or "America/New_York"
    ## zone = "America/New York"
    53: contract "acme": zone = "America/New York" is not a time zone
      use an IANA name such as "UTC", "Europe/Berlin" or "America/New_York"
    ## zone = "+02:00"
    53: contract "acme": zone = "+02:00" is not a time zone
      use an IANA name such as "UTC", "Europe/Berlin" or "America/New_York"
    ## 
    50: contract "acme": zone is missing
      name the IANA time zone that cuts days and months
    "#
    );
    insta::assert_snapshot!(instead_of("id = \"acme\"", &["id = \"ACME\""]), @r#"
    ## id = "ACME"
    51: contract 1: id = "ACME" is not a name
      use 1 to 64 of a-z, 0-9 and -
    "#);
    let twice = "[[contract]]\nid = \"acme\"\ncustomer = \"A\"\nzone = \"UTC\"\ntarget = 99\n\n[[contract]]\nid = \"acme\"";
    insta::assert_snapshot!(instead_of("[[contract]]\nid = \"acme\"", &[twice]), @r#"
    ## [[contract]], id = "acme", customer = "A", zone = "UTC", target = 99, , [[contract]], id = "acme"
    57: contract 2: id = "acme" is already taken
      each needs a name of its own
    "#);
}

#[test]
fn tiers() {
    insta::assert_snapshot!(
        instead_of(
            "target = 99.9",
            &[
                "target = 99.9\ntiers = [{ from = 99.9, credit = 10 }, { from = 0, credit = 20 }]",
                "target = 99.9\ntiers = [{ from = 95, credit = 10 }, { from = 99, credit = 20 }, { from = 0, credit = 30 }]",
                "target = 99.9\ntiers = [{ from = 99, credit = 10 }, { from = 99, credit = 20 }, { from = 0, credit = 30 }]",
                "target = 99.9\ntiers = [{ from = 99, credit = 20 }, { from = 0, credit = 10 }]",
                "target = 99.9\ntiers = [{ from = 99, credit = 20 }]",
                "target = 99.9\ntiers = [{ from = 99 }]",
                "target = 99.9\ntiers = [10]",
                "target = 99.9\ntiers = []",
            ],
        ),
        @r#"
    ## target = 99.9, tiers = [{ from = 99.9, credit = 10 }, { from = 0, credit = 20 }]
    55: contract "acme": tiers[0] begins at the target or above it
      the first tier lies below the target
    ## target = 99.9, tiers = [{ from = 95, credit = 10 }, { from = 99, credit = 20 }, { from = 0, credit = 30 }]
    55: contract "acme": tiers[1] overlaps the tier before it
      list tiers from the best availability down, each from lower than the last
    ## target = 99.9, tiers = [{ from = 99, credit = 10 }, { from = 99, credit = 20 }, { from = 0, credit = 30 }]
    55: contract "acme": tiers[1] overlaps the tier before it
      list tiers from the best availability down, each from lower than the last
    ## target = 99.9, tiers = [{ from = 99, credit = 20 }, { from = 0, credit = 10 }]
    55: contract "acme": tiers[1] credits no more than the tier before it
      worse availability earns more
    ## target = 99.9, tiers = [{ from = 99, credit = 20 }]
    55: contract "acme": tiers leaves the worst availabilities without a tier
      end with a tier from = 0
    ## target = 99.9, tiers = [{ from = 99 }]
    55: contract "acme": tiers[0].credit is missing
      the share of the fee, such as credit = 10
    ## target = 99.9, tiers = [10]
    55: contract "acme": tiers[0] is an integer, not a table such as { from = 99.0, credit = 10 }
    ## target = 99.9, tiers = []
    nothing
    "#
    );
}

#[test]
fn what_counts() {
    insta::assert_snapshot!(
        instead_of(
            "target = 99.9",
            &[
                "target = 99.9\npersonas = [\"usr\"]",
                "target = 99.9\npersonas = [\"user\", \"user\"]",
                "target = 99.9\nregions = []",
                "target = 99.9\nregions = [{ name = \"east\", weight = 0 }]",
                "target = 99.9\nregions = [{ name = \"east\", weight = -1 }]",
                "target = 99.9\nregions = [{ weight = 1 }]",
            ],
        ),
        @r#"
    ## target = 99.9, personas = ["usr"]
    55: contract "acme": personas[0] = "usr" is no persona of this plan
      did you mean "user"?
    ## target = 99.9, personas = ["user", "user"]
    55: contract "acme": personas[1] = "user" is listed twice
    ## target = 99.9, regions = []
    55: contract "acme": regions leaves nothing that counts
      give at least one a weight
    ## target = 99.9, regions = [{ name = "east", weight = 0 }]
    55: contract "acme": regions leaves nothing that counts
      give at least one a weight
    ## target = 99.9, regions = [{ name = "east", weight = -1 }]
    55: contract "acme": regions[0].weight = -1 is out of range
      use 0 to 1000
    ## target = 99.9, regions = [{ weight = 1 }]
    55: contract "acme": regions[0].name is missing
    "#
    );
    let unseen = "[[persona]]\nname = \"traveler\"\n[[persona.account]]\nlabel = \"t\"\nusername = \"t\"\n\
                  password = { env = \"T\" }\n\n[[journey]]\nname = \"login\"";
    insta::assert_snapshot!(instead_of("[[journey]]\nname = \"login\"", &[unseen]), @r#"
    ## [[persona]], name = "traveler", [[persona.account]], label = "t", username = "t", password = { env = "T" }, , [[journey]], name = "login"
    57: contract "acme": counts persona "traveler", which no probe signs in as
      add a [[probe]] for it, or name the personas that count: personas = [..]
    "#);
}

#[test]
fn locales_that_are_not_spoken() {
    insta::assert_snapshot!(
        instead_of("target = 99.9", &["target = 99.9\nlocale = \"de-DE\"", "target = 99.9\nlocale = 12"]),
        @r#"
    ## target = 99.9, locale = "de-DE"
    55: contract "acme": locale = "de-DE" is unknown
      use "en" or "en-AU" or "en-CA" or "en-GB" or "en-IE" or "en-NZ" or "en-US"
    ## target = 99.9, locale = 12
    55: contract "acme": locale is an integer, not text
      put it in quotes
    "#,
    );
}

#[test]
fn ways_of_counting() {
    insta::assert_snapshot!(
        instead_of(
            "target = 99.9",
            &[
                "target = 99.9\nrules = { count_mode = \"slices\" }",
                "target = 99.9\nrules = { slice = \"7m\" }",
                "target = 99.9\nrules = { w_partial = 10, w_deg = 20 }",
                "target = 99.9\nrules = { count_mode = \"request\", w_partial = 10 }",
                "target = 99.9\nservice_hours = { days = [\"mon\"], from = \"8:00\", to = \"20:00\" }",
                "target = 99.9\nservice_hours = [{ days = [\"monday\"], from = \"22:00\", to = \"06:00\" }]",
                "target = 99.9\nservice_hours = [{ days = [], from = \"08:00\", until = \"20:00\" }]",
                "target = 99.9\nservice_hours = \"always\"",
            ],
        ),
        @r#"
        ## target = 99.9, rules = { count_mode = "slices" }
        55: contract "acme": rules.count_mode = "slices" is unknown
          use "continuous" or "whole_minutes" or "timeslice" or "request"
        ## target = 99.9, rules = { slice = "7m" }
        55: contract "acme": rules.slice = "7m" does not divide a day into whole slices
          use such as "1m", "5m" or "1h"
        ## target = 99.9, rules = { w_partial = 10, w_deg = 20 }
        55: contract "acme": rules: w_deg is more than w_partial
          degraded time is no worse than a partial outage and weighs no more
        ## target = 99.9, rules = { count_mode = "request", w_partial = 10 }
        55: contract "acme": rules: w_partial has no meaning where requests are counted
          leave it out, or use another count_mode
        ## target = 99.9, service_hours = { days = ["mon"], from = "8:00", to = "20:00" }
        55: contract "acme": service_hours.days[0] = "mon" is unknown
          use "monday" or "tuesday" or "wednesday" or "thursday" or "friday" or "saturday" or "sunday"
        55: contract "acme": service_hours.from = "8:00" is no time of day
          write it like "08:00"; "24:00" is the end of the day
        ## target = 99.9, service_hours = [{ days = ["monday"], from = "22:00", to = "06:00" }]
        55: contract "acme": service_hours[0].to = "06:00" does not lie after `from`
          hours that reach over midnight are two tables
        ## target = 99.9, service_hours = [{ days = [], from = "08:00", until = "20:00" }]
        55: contract "acme": service_hours[0].to is missing
          write it like "08:00"; "24:00" is the end of the day
        55: contract "acme": unknown key "service_hours[0].until"
          known here: days, from, to
        55: contract "acme": service_hours[0].days names no day
          such as days = ["monday"]
        ## target = 99.9, service_hours = "always"
        55: contract "acme": service_hours is a string, not a table such as { days = ["monday"], from = "08:00", to = "20:00" }
        "#
    );
}

#[test]
fn rules() {
    insta::assert_snapshot!(
        instead_of(
            "target = 99.9",
            &[
                "target = 99.9\nrules = { n_down = 0 }",
                "target = 99.9\nrules = { n_slow = 6 }",
                "target = 99.9\nrules = { phi_part = 60 }",
                "target = 99.9\nrules = { gap = 0.5 }",
                "target = 99.9\nrules = { gap = 2.55 }",
                "target = 99.9\nrules = { rollup = \"some\" }",
                "target = 99.9\nrules = { merge_gap = \"-1m\" }",
                "target = 99.9\nrules = { bridge_unknown = 1 }",
                "target = 99.9\nrules = 3",
            ],
        ),
        @r#"
    ## target = 99.9, rules = { n_down = 0 }
    55: contract "acme": rules.n_down = 0 is out of range
      use 1 to 1000
    ## target = 99.9, rules = { n_slow = 6 }
    55: contract "acme": rules: n_slow is more than slow_of
      such as 3 of 5 ticks
    ## target = 99.9, rules = { phi_part = 60 }
    55: contract "acme": rules: phi_part is more than phi_down
      degraded begins at a smaller failing share than down
    ## target = 99.9, rules = { gap = 0.5 }
    55: contract "acme": rules.gap = 0.5 calls every pause between two ticks unknown
      use more than one spacing; 2.5 is usual
    ## target = 99.9, rules = { gap = 2.55 }
    55: contract "acme": rules.gap = 2.55 is not a number of tenths
      write it as 2.5
    ## target = 99.9, rules = { rollup = "some" }
    55: contract "acme": rules.rollup = "some" is unknown
      use "any" or "all" or "weighted"
    ## target = 99.9, rules = { merge_gap = "-1m" }
    55: contract "acme": rules.merge_gap = "-1m" is not a duration
      write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
    ## target = 99.9, rules = { bridge_unknown = 1 }
    55: contract "acme": rules.bridge_unknown is an integer, not true or false
      write true or false, without quotes
    ## target = 99.9, rules = 3
    55: contract "acme": rules is an integer, not a table such as { n_down = 2 }
    "#
    );
}
