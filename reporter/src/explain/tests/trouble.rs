//! Windows, cuts, held ticks, days of other lengths, and what is not there.

use insta::assert_snapshot;
use ledger::run::TickVerdict::{Bad, Held, Void};
use ledger::verdict::Class;

use super::super::json;
use super::story::Story;
use super::{friday, page, sections};

/// One region alone, every other tick bad.
#[test]
fn a_share_of_bad_ticks_opens_by_the_window() {
    let mut story = Story::new("UTC", ("2018-12-20T10:00:00Z", "2018-12-20T14:00:00Z"));
    story.regions.truncate(1);
    for minute in 0..8 {
        let minute = minute * 2;
        let times = (
            format!("2018-12-20T12:{minute:02}:00Z"),
            format!("2018-12-20T12:{:02}:00Z", minute + 1),
        );
        story = story.fault((&times.0, &times.1), Bad, Some(Class::Timeout));
    }
    let page = page(&story, "2018-12-20T12:10:00Z");
    assert_snapshot!(sections(&page, "1. What", "2. From"), @r#"
    1. What each region saw
      g is the last good look before the first bad one f, h the first good one
      after the last bad one l; each is an interval from a to b: of a good look its
      last step, of a bad one the step that failed. What is held was decided by
      what others saw (section 4).

      user-login, persona user

        east (weight 1) was down
          g 11:59:03.000 to 11:59:03.000 good: attempt 120 of agent east, tick
             11:59:00.000, due 11:59:03.000, account user-1
          f 12:00:03.000 to 12:00:03.000 bad (no answer in time): attempt 121 of
             agent east, tick 12:00:00.000, due 12:00:03.000, account user-2, step
             home, canary ok, "no \x1bluck"
          l 12:14:03.000 to 12:14:03.000 bad (no answer in time): attempt 135 of
             agent east, tick 12:14:00.000, due 12:14:03.000, account user-2, step
             home, canary ok, "no \x1bluck"
          h 12:15:03.000 to 12:15:03.000 good: attempt 136 of agent east, tick
             12:15:00.000, due 12:15:03.000, account user-1
          opened by WINDOW: 5 of the last 10 base ticks failed, 5/10 >= phi_down =
             50 %, met at 12:08:03.000: 12:00:03.000 bad (no answer in time) (east
             121); 12:02:03.000 bad (no answer in time) (east 123); 12:04:03.000
             bad (no answer in time) (east 125); 12:06:03.000 bad (no answer in
             time) (east 127); 12:08:03.000 bad (no answer in time) (east 129)
          closed by 3 ticks good at their first attempt in a row (n_up = 3):
             12:15:03.000 good (east 136); 12:16:03.000 good (east 137);
             12:17:03.000 good (east 138)
          8 bad ticks from f to l.
          start  a_g = 1545307143000 = 11:59:03.000 at the earliest
                 b_f = 1545307203000 = 12:00:03.000 at the latest
                 best (min(b_g, a_f) + a_f)/2 = (1545307143000 + 1545307203000)/2
                      = 1545307173000 = 11:59:33.000
          end    a_l = 1545308043000 = 12:14:03.000 at the earliest
                 b_h = 1545308103000 = 12:15:03.000 at the latest
                 best (min(b_l, a_h) + a_h)/2 = (1545308043000 + 1545308103000)/2
                      = 1545308073000 = 12:14:33.000
    "#);
}

#[test]
fn unknown_time_cuts_an_outage() {
    let story = Story::new("UTC", ("2018-12-20T10:00:00Z", "2018-12-20T14:00:00Z"))
        .fault(
            ("2018-12-20T12:00:00Z", "2018-12-20T12:20:00Z"),
            Bad,
            Some(Class::Connect),
        )
        .fault(
            ("2018-12-20T12:20:00Z", "2018-12-20T12:40:00Z"),
            Void,
            Some(Class::ProberNet),
        );
    let page = page(&story, "2018-12#1");
    assert_snapshot!(sections(&page, "Start", "1. What"), @r#"
    Start     2018-12-20 11:59:53.000 +00:00 = 1545307193000
                from 11:59:43.000 to 12:00:03.000
      End       2018-12-20 12:19:23.000 +00:00 = 1545308363000
                from 12:19:23.000 to 12:19:23.000
      Length    19 min 30 s (19 min 20 s to 19 min 40 s)
      Counted   19 min 30 s (19 min 20 s to 19 min 40 s)
      Confirmed 12:01:23.000, the earliest an alarm could tell
      Seen by user from central, east and west
      Bad ticks 58 connect (no connection)
    "#);
    let east = sections(&page, "east (weight 1)", "west (weight 1)");
    assert_snapshot!(east, @r#"
    east (weight 1) was down; nobody looked from 12:19:03.000 to 12:19:23.000
          g 11:59:03.000 to 11:59:03.000 good: attempt 120 of agent east, tick
             11:59:00.000, due 11:59:03.000, account user-1
          f 12:00:03.000 to 12:00:03.000 bad (no connection): attempt 121 of agent
             east, tick 12:00:00.000, due 12:00:03.000, account user-2, step home,
             canary ok, "no \x1bluck"
          l 12:19:03.000 to 12:19:03.000 bad (no connection): attempt 140 of agent
             east, tick 12:19:00.000, due 12:19:03.000, account user-1, step home,
             canary ok, "no \x1bluck"
          h  no good evidence after: unknown time lies there
          opened by RUN: 2 bad ticks in a row (n_down = 2), met at 12:01:03.000:
             12:00:03.000 bad (no connection) (east 121); 12:01:03.000 bad (no
             connection) (east 122)
          20 bad ticks from f to l.
          start  a_g = 1545307143000 = 11:59:03.000 at the earliest
                 b_f = 1545307203000 = 12:00:03.000 at the latest
                 best (min(b_g, a_f) + a_f)/2 = (1545307143000 + 1545307203000)/2
                      = 1545307173000 = 11:59:33.000
          end where it is cut: 1545308343000 = 12:19:03.000
    "#);
    assert_snapshot!(sections(&page, "4. Ticks", "5. Redo"), @r#"
    4. Ticks that said nothing, or were decided by others
      central in central: 2 void ticks of user-login, 12:20:00.000 to 12:21:00.000:
          its own network was dead
      east in east: 2 void ticks of user-login, 12:20:00.000 to 12:21:00.000: its
          own network was dead
      west in west: 2 void ticks of user-login, 12:20:00.000 to 12:21:00.000: its
          own network was dead
    "#);
}

#[test]
fn held_ticks_say_who_decided_them() {
    let story = Story::new("UTC", ("2018-12-20T10:00:00Z", "2018-12-20T14:00:00Z")).fault(
        ("2018-12-20T12:00:00Z", "2018-12-20T12:20:00Z"),
        Held,
        Some(Class::Throttled),
    );
    let page = page(&story, "2018-12#1");
    assert_snapshot!(sections(&page, "4. Ticks", "5. Redo"), @r#"
    4. Ticks that said nothing, or were decided by others
      held in central: 12:00:23.000 held (turned away (too many requests)) (central
          121); bad, as the same was seen by east in east at 12:00:03.000
          (user-login 121) with account user-2
      held in central: 12:01:23.000 held (turned away (too many requests)) (central
          122); bad, as the same was seen by east in east at 12:00:03.000
          (user-login 121) with account user-2
      held in central: 12:02:23.000 held (turned away (too many requests)) (central
          123); bad, as the same was seen by east in east at 12:00:03.000
          (user-login 121) with account user-2
          and 17 more alike in central, all in --json
      held in east: 12:00:03.000 held (turned away (too many requests)) (east 121);
          bad, as the same was seen by central in central at 12:00:23.000
          (user-login 121) with account user-2
      held in east: 12:01:03.000 held (turned away (too many requests)) (east 122);
          bad, as the same was seen by central in central at 12:00:23.000
          (user-login 121) with account user-2
      held in east: 12:02:03.000 held (turned away (too many requests)) (east 123);
          bad, as the same was seen by central in central at 12:00:23.000
          (user-login 121) with account user-2
          and 17 more alike in east, all in --json
      held in west: 12:00:43.000 held (turned away (too many requests)) (west 121);
          bad, as the same was seen by east in east at 12:00:03.000 (user-login
          121) with account user-2
      held in west: 12:01:43.000 held (turned away (too many requests)) (west 122);
          bad, as the same was seen by east in east at 12:00:03.000 (user-login
          121) with account user-2
      held in west: 12:02:43.000 held (turned away (too many requests)) (west 123);
          bad, as the same was seen by east in east at 12:00:03.000 (user-login
          121) with account user-2
          and 17 more alike in west, all in --json
    "#);
}

#[test]
fn a_day_of_25_hours_says_so_and_repeats_an_hour_with_its_offset() {
    let story = Story::new(
        "America/New_York",
        ("2018-11-04T03:00:00Z", "2018-11-05T06:00:00Z"),
    )
    .fault(
        ("2018-11-04T04:30:00Z", "2018-11-04T08:30:00Z"),
        Bad,
        Some(Class::Status),
    );
    let page = page(&story, "2018-11-04");
    assert_snapshot!(sections(&page, "Sunday", "5. Redo"), @r#"
    Sunday 4 November 2018: how its figures came about
    Groupdesk sign-in, contract example of Example Travel Ltd; times of
    America/New_York (UTC-04:00)

      from 2018-11-04 00:00:00.000 -04:00
      to   2018-11-05 00:00:00.000 -05:00
      This day lasts 25 h.

    1. The parts of the time: each millisecond is in one
      up          21 h                      75600000 ms
      degraded    0 s                              0 ms
      partly down 0 s                              0 ms
      down        4 h                       14400000 ms
      unknown     0 s                              0 ms
      excluded    0 s                              0 ms
      together    25 h                      90000000 ms

    2. Time that was not up
      00:29:53.000 to 03:29:53.000 -05:00  4 h  down, outage 1

    3. Downtime that counts
      best      00:29:53.000 to 03:29:53.000 -05:00  4 h  outage 1
      best      together 4 h = 14400000 ms
      at least  00:30:03.000 to 03:29:43.000 -05:00  3 h 59 min 40 s  outage 1
      at least  together 3 h 59 min 40 s = 14380000 ms
      at most   00:29:43.000 to 03:30:03.000 -05:00  4 h 20 s  outage 1
      at most   together 4 h 20 s = 14420000 ms

    4. Availability
      S = length - excluded = 90000000 - 0 = 90000000
      U = unknown = 0
      D = counted downtime = 14400000 (at least 14380000, at most 14420000)
      A = 1 - D/(S - U) = 1 - 14400000/(90000000 - 0) = 75600000/90000000 =
          84.000 %
      A lowest = 1 - (D at most + U)/S = 1 - (14420000 + 0)/90000000 =
          75580000/90000000 = 83.977 %
      A highest = 1 - D at least/S = 1 - 14380000/90000000 = 75620000/90000000 =
          84.022 %
      Coverage = (S - U)/S = 90000000/90000000 = 100.000 %
      Availability is cut after three decimals, never rounded up.
    "#);
}

#[test]
fn a_day_without_trouble_is_short() {
    let story = Story::new("UTC", ("2018-12-20T00:00:00Z", "2018-12-22T00:00:00Z"));
    assert_snapshot!(page(&story, "2018-12-20"), @r#"
    Thursday 20 December 2018: how its figures came about
    Groupdesk sign-in, contract example of Example Travel Ltd; times of UTC
    (UTC+00:00)

      from 2018-12-20 00:00:00.000 +00:00
      to   2018-12-21 00:00:00.000 +00:00

    1. The parts of the time: each millisecond is in one
      up          23 h 59 min 37 s          86377000 ms
      degraded    0 s                              0 ms
      partly down 0 s                              0 ms
      down        0 s                              0 ms
      unknown     23 s                         23000 ms
      excluded    0 s                              0 ms
      together    24 h                      86400000 ms

    2. Time that was not up
      00:00:00.000 to 00:00:23.000  23 s  unknown
          unknown 23 s for user in central
          unknown 3 s for user in east
          unknown 23 s for user in west

    3. Downtime that counts
      best      together 0 s = 0 ms
      at least  together 0 s = 0 ms
      at most   together 0 s = 0 ms

    4. Availability
      S = length - excluded = 86400000 - 0 = 86400000
      U = unknown = 23000
      D = counted downtime = 0 (at least 0, at most 0)
      A = 1 - D/(S - U) = 1 - 0/(86400000 - 23000) = 86377000/86377000 = 100.000 %
      A lowest = 1 - (D at most + U)/S = 1 - (0 + 23000)/86400000 =
          86377000/86400000 = 99.973 %
      A highest = 1 - D at least/S = 1 - 0/86400000 = 86400000/86400000 = 100.000 %
      Coverage = (S - U)/S = 86377000/86400000 = 99.973 %
      Availability is cut after three decimals, never rounded up.

    5. Redo it yourself
      1. Add up the stretches of section 2 by kind: these are the parts in section
         1; the rest was up.
      2. Check each outage as it is told by `reporter explain` with its number, and
         cut its stretches where the day begins and ends.
      3. Add up the pieces of section 3: by weight, if there are several parts, and
         by the sum of the weights. These are D at best, at least and at most.
      4. Put S, U and D into the formula of section 4, divide, and drop what comes
         after three decimals.
    "#);
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let story = friday();
    let refused = |what: &str| story.try_explain(what).unwrap_err().to_string();
    assert_snapshot!(refused("2018-12#2"), @"there is no outage 2018-12#2; 2018-12 has 2018-12#1 from 2018-12-14 17:14:53");
    assert_snapshot!(refused("2018-12-14T20:00:00Z"), @"the service was not down at 2018-12-14T15:00:00.000-05:00; 2018-12 has 2018-12#1 from 2018-12-14 17:14:53");
}

#[test]
fn the_json_form_holds_the_same() {
    let value: serde_json::Value =
        serde_json::from_str(&json(&friday().explain("2018-12#1"))).unwrap();
    assert_eq!(value["asked"], "2018-12#1");
    let outage = &value["explanation"]["outages"][0]["outage"];
    assert_eq!(outage["length"]["estimate"], 7_200_000);
}
