//! What people read of an explanation, for one kind of trouble after the other.

mod story;
mod trouble;

use insta::assert_snapshot;
use ledger::contract::EdgeMode;
use ledger::exclusion::{Exclusion, When};
use ledger::name::Name;
use ledger::run::TickVerdict::Bad;
use ledger::verdict::Class;

use super::plain;
use story::{Story, instant, span};

/// The page, checked to fit a terminal.
fn page(story: &Story, what: &str) -> String {
    let page = plain(&story.explain(what));
    for line in page.lines() {
        assert!(line.chars().count() <= 80, "wider than a terminal: {line}");
    }
    assert!(page.is_ascii(), "{page}");
    page
}

/// The numbered sections of a page from `first` to the one before `end`.
fn sections(page: &str, first: &str, end: &str) -> String {
    let (_, page) = page.split_once(first).expect(first);
    let (page, _) = page.split_once(end).expect(end);
    format!("{first}{}", page.trim_end())
}

/// Friday of the worked example: 17:15 to 19:15 in New York, three regions at 3, 23 and 43 s.
fn friday() -> Story {
    Story::new(
        "America/New_York",
        ("2018-12-14T04:00:00Z", "2018-12-15T06:00:00Z"),
    )
    .fault(
        ("2018-12-14T22:15:00Z", "2018-12-15T00:15:00Z"),
        Bad,
        Some(Class::Status),
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "a whole page, as people read it")]
fn p37_friday_is_fused_from_three_regions() {
    assert_snapshot!(page(&friday(), "2018-12#1"), @r#"
    Outage 1 of December 2018: how it was measured
    Groupdesk sign-in, contract example of Example Travel Ltd; times of
    America/New_York (UTC-05:00), numbers are milliseconds since
    1970-01-01T00:00:00Z

      Start     2018-12-14 17:14:53.000 -05:00 = 1544825693000
                from 17:14:43.000 to 17:15:03.000
      End       2018-12-14 19:14:53.000 -05:00 = 1544832893000
                from 19:14:43.000 to 19:15:03.000
      Length    2 h (1 h 59 min 40 s to 2 h 20 s)
      Counted   2 h (1 h 59 min 40 s to 2 h 20 s)
      Confirmed 17:16:23.000, the earliest an alarm could tell
      Seen by user from central, east and west
      Bad ticks 360 status (error page)

    1. What each region saw
      g is the last good look before the first bad one f, h the first good one
      after the last bad one l; each is an interval from a to b: of a good look its
      last step, of a bad one the step that failed. What is held was decided by
      what others saw (section 4).

      user-login, persona user

        central (weight 1) was down
          g 17:14:23.000 to 17:14:23.000 good: attempt 1095 of agent central, tick
             17:14:00.000, due 17:14:23.000, account user-2
          f 17:15:23.000 to 17:15:23.000 bad (error page) 503: attempt 1096 of
             agent central, tick 17:15:00.000, due 17:15:23.000, account user-1,
             step home, canary ok, "no \x1bluck"
          l 19:14:23.000 to 19:14:23.000 bad (error page) 503: attempt 1215 of
             agent central, tick 19:14:00.000, due 19:14:23.000, account user-2,
             step home, canary ok, "no \x1bluck"
          h 19:15:23.000 to 19:15:23.000 good: attempt 1216 of agent central, tick
             19:15:00.000, due 19:15:23.000, account user-1
          opened by RUN: 2 bad ticks in a row (n_down = 2), met at 17:16:23.000:
             17:15:23.000 bad (error page) 503 (central 1096); 17:16:23.000 bad
             (error page) 503 (central 1097)
          closed by 3 good ticks in a row (n_up = 3): 19:15:23.000 good (central
             1216); 19:16:23.000 good (central 1217); 19:17:23.000 good (central
             1218)
          120 bad ticks from f to l.
          start  a_g = 1544825663000 = 17:14:23.000 at the earliest
                 b_f = 1544825723000 = 17:15:23.000 at the latest
                 best (min(b_g, a_f) + a_f)/2 = (1544825663000 + 1544825723000)/2
                      = 1544825693000 = 17:14:53.000
          end    a_l = 1544832863000 = 19:14:23.000 at the earliest
                 b_h = 1544832923000 = 19:15:23.000 at the latest
                 best (min(b_l, a_h) + a_h)/2 = (1544832863000 + 1544832923000)/2
                      = 1544832893000 = 19:14:53.000

        east (weight 1) was down
          g 17:14:03.000 to 17:14:03.000 good: attempt 1095 of agent east, tick
             17:14:00.000, due 17:14:03.000, account user-2
          f 17:15:03.000 to 17:15:03.000 bad (error page) 503: attempt 1096 of
             agent east, tick 17:15:00.000, due 17:15:03.000, account user-1, step
             home, canary ok, "no \x1bluck"
          l 19:14:03.000 to 19:14:03.000 bad (error page) 503: attempt 1215 of
             agent east, tick 19:14:00.000, due 19:14:03.000, account user-2, step
             home, canary ok, "no \x1bluck"
          h 19:15:03.000 to 19:15:03.000 good: attempt 1216 of agent east, tick
             19:15:00.000, due 19:15:03.000, account user-1
          opened by RUN: 2 bad ticks in a row (n_down = 2), met at 17:16:03.000:
             17:15:03.000 bad (error page) 503 (east 1096); 17:16:03.000 bad (error
             page) 503 (east 1097)
          closed by 3 good ticks in a row (n_up = 3): 19:15:03.000 good (east
             1216); 19:16:03.000 good (east 1217); 19:17:03.000 good (east 1218)
          120 bad ticks from f to l.
          start  a_g = 1544825643000 = 17:14:03.000 at the earliest
                 b_f = 1544825703000 = 17:15:03.000 at the latest
                 best (min(b_g, a_f) + a_f)/2 = (1544825643000 + 1544825703000)/2
                      = 1544825673000 = 17:14:33.000
          end    a_l = 1544832843000 = 19:14:03.000 at the earliest
                 b_h = 1544832903000 = 19:15:03.000 at the latest
                 best (min(b_l, a_h) + a_h)/2 = (1544832843000 + 1544832903000)/2
                      = 1544832873000 = 19:14:33.000

        west (weight 1) was down
          g 17:14:43.000 to 17:14:43.000 good: attempt 1095 of agent west, tick
             17:14:00.000, due 17:14:43.000, account user-2
          f 17:15:43.000 to 17:15:43.000 bad (error page) 503: attempt 1096 of
             agent west, tick 17:15:00.000, due 17:15:43.000, account user-1, step
             home, canary ok, "no \x1bluck"
          l 19:14:43.000 to 19:14:43.000 bad (error page) 503: attempt 1215 of
             agent west, tick 19:14:00.000, due 19:14:43.000, account user-2, step
             home, canary ok, "no \x1bluck"
          h 19:15:43.000 to 19:15:43.000 good: attempt 1216 of agent west, tick
             19:15:00.000, due 19:15:43.000, account user-1
          opened by RUN: 2 bad ticks in a row (n_down = 2), met at 17:16:43.000:
             17:15:43.000 bad (error page) 503 (west 1096); 17:16:43.000 bad (error
             page) 503 (west 1097)
          closed by 3 good ticks in a row (n_up = 3): 19:15:43.000 good (west
             1216); 19:16:43.000 good (west 1217); 19:17:43.000 good (west 1218)
          120 bad ticks from f to l.
          start  a_g = 1544825683000 = 17:14:43.000 at the earliest
                 b_f = 1544825743000 = 17:15:43.000 at the latest
                 best (min(b_g, a_f) + a_f)/2 = (1544825683000 + 1544825743000)/2
                      = 1544825713000 = 17:15:13.000
          end    a_l = 1544832883000 = 19:14:43.000 at the earliest
                 b_h = 1544832943000 = 19:15:43.000 at the latest
                 best (min(b_l, a_h) + a_h)/2 = (1544832883000 + 1544832943000)/2
                      = 1544832913000 = 19:15:13.000

    2. From the regions to the service

      user-login, persona user
        All known regions agree that it was down, so their edges are fused: of the
        evidence before an edge the latest holds for all, of the evidence after it
        the earliest.
                        a_g           b_g           a_f           b_f
          central       17:14:23.000  17:14:23.000  17:15:23.000  17:15:23.000
          east          17:14:03.000  17:14:03.000  17:15:03.000  17:15:03.000
          west          17:14:43.000  17:14:43.000  17:15:43.000  17:15:43.000
          fused         17:14:43.000  17:14:43.000  17:15:03.000  17:15:03.000
          start  a_g = 1544825683000 = 17:14:43.000 at the earliest
                 b_f = 1544825703000 = 17:15:03.000 at the latest
                 best (min(b_g, a_f) + a_f)/2 = (1544825683000 + 1544825703000)/2
                      = 1544825693000 = 17:14:53.000
                        a_l           b_l           a_h           b_h
          central       19:14:23.000  19:14:23.000  19:15:23.000  19:15:23.000
          east          19:14:03.000  19:14:03.000  19:15:03.000  19:15:03.000
          west          19:14:43.000  19:14:43.000  19:15:43.000  19:15:43.000
          fused         19:14:43.000  19:14:43.000  19:15:03.000  19:15:03.000
          end    a_l = 1544832883000 = 19:14:43.000 at the earliest
                 b_h = 1544832903000 = 19:15:03.000 at the latest
                 best (min(b_l, a_h) + a_h)/2 = (1544832883000 + 1544832903000)/2
                      = 1544832893000 = 19:14:53.000
        from  17:14:53.000  (from 17:14:43.000 to 17:15:03.000)
        to    19:14:53.000  (from 19:14:43.000 to 19:15:03.000)

      The contract's roll-up is any: the service is down while any persona is. A
      persona is down while any of its logins is, and a kept session if the
      contract counts it.

      persona user
        from  17:14:53.000  (from 17:14:43.000 to 17:15:03.000)
        to    19:14:53.000  (from 19:14:43.000 to 19:15:03.000)

      service
        from  17:14:53.000  (from 17:14:43.000 to 17:15:03.000)
        to    19:14:53.000  (from 19:14:43.000 to 19:15:03.000)
        EST = end - start = 1544832893000 - 1544825693000 = 2 h = 7200000 ms
        LB = time surely down = 1544832883000 - 1544825703000 = 1 h 59 min 40 s =
             7180000 ms
        UB = latest end - earliest start = 1544832903000 - 1544825683000 = 2 h 20 s
             = 7220000 ms

    3. What of it counts
      No exclusion touches it.
      best      17:14:53.000 to 19:14:53.000  2 h  outage 1
      best      together 2 h = 7200000 ms
      at least  17:15:03.000 to 19:14:43.000  1 h 59 min 40 s  outage 1
      at least  together 1 h 59 min 40 s = 7180000 ms
      at most   17:14:43.000 to 19:15:03.000  2 h 20 s  outage 1
      at most   together 2 h 20 s = 7220000 ms

    4. Ticks that said nothing, or were decided by others
      none

    5. Redo it yourself
      1. Look the attempts up by agent and number in the agents' records, or list
         them with --attempts, and check g, f, l and h in each region: no good look
         of the region lies between g and f, no bad one between l and h.
      2. Start of a region: the middle between min(b_g, a_f) and a_f, no earlier
         than a_g and no later than b_f. End: the middle between min(b_l, a_h) and
         a_h, from a_l to b_h. Halves of a millisecond are dropped.
      3. Combine the regions of each login as section 2 says, then the logins of a
         persona, then the personas.
      4. EST = end - start. LB is the time surely down, UB the time from the
         earliest start to the latest end.
      5. Leave out what section 3 leaves out. What is left is the counted downtime;
         `reporter explain` of a day or month shows where it falls.
    "#);
}

#[test]
fn p37_the_day_of_friday() {
    let page = page(&friday(), "2018-12-14");
    assert_snapshot!(sections(&page, "Friday", "Outage 1 of"), @r#"
    Friday 14 December 2018: how its figures came about
    Groupdesk sign-in, contract example of Example Travel Ltd; times of
    America/New_York (UTC-05:00)

      from 2018-12-14 00:00:00.000 -05:00
      to   2018-12-15 00:00:00.000 -05:00

    1. The parts of the time: each millisecond is in one
      up          22 h                      79200000 ms
      degraded    0 s                              0 ms
      partly down 0 s                              0 ms
      down        2 h                        7200000 ms
      unknown     0 s                              0 ms
      excluded    0 s                              0 ms
      together    24 h                      86400000 ms

    2. Time that was not up
      17:14:53.000 to 19:14:53.000  2 h  down, outage 1

    3. Downtime that counts
      best      17:14:53.000 to 19:14:53.000  2 h  outage 1
      best      together 2 h = 7200000 ms
      at least  17:15:03.000 to 19:14:43.000  1 h 59 min 40 s  outage 1
      at least  together 1 h 59 min 40 s = 7180000 ms
      at most   17:14:43.000 to 19:15:03.000  2 h 20 s  outage 1
      at most   together 2 h 20 s = 7220000 ms

    4. Availability
      S = length - excluded = 86400000 - 0 = 86400000
      U = unknown = 0
      D = counted downtime = 7200000 (at least 7180000, at most 7220000)
      A = 1 - D/(S - U) = 1 - 7200000/(86400000 - 0) = 79200000/86400000 = 91.666 %
      A lowest = 1 - (D at most + U)/S = 1 - (7220000 + 0)/86400000 =
          79180000/86400000 = 91.643 %
      A highest = 1 - D at least/S = 1 - 7180000/86400000 = 79220000/86400000 =
          91.689 %
      Coverage = (S - U)/S = 86400000/86400000 = 100.000 %
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
fn an_exclusion_takes_the_middle_of_an_outage() {
    let mut story = friday();
    story.exclusions = vec![Exclusion {
        id: Name::new("release").unwrap(),
        contracts: Vec::new(),
        author: "Jo Miller".into(),
        reason: "Release, as the contract allows".into(),
        announced: instant("2018-12-01T09:00:00Z"),
        late: false,
        when: When::Once(span(("2018-12-14T23:00:00Z", "2018-12-14T23:45:00Z"))),
    }];
    let outage = page(&story, "2018-12#1");
    let day = page(&story, "2018-12-14");
    assert_snapshot!(sections(&outage, "3. What", "4. Ticks"), @r#"
    3. What of it counts
      exclusion release by Jo Miller, "Release, as the contract allows",
        18:00:00.000 to 18:45:00.000, announced 2018-12-01 04:00:00.000 -05:00
        (326 h before its start: in time) takes 45 min of it: 18:00:00.000 to
        18:45:00.000
      best      17:14:53.000 to 18:00:00.000  45 min 7 s  outage 1
      best      18:45:00.000 to 19:14:53.000  29 min 53 s  outage 1
      best      together 1 h 15 min = 4500000 ms
      at least  17:15:03.000 to 18:00:00.000  44 min 57 s  outage 1
      at least  18:45:00.000 to 19:14:43.000  29 min 43 s  outage 1
      at least  together 1 h 14 min 40 s = 4480000 ms
      at most   17:14:43.000 to 18:00:00.000  45 min 17 s  outage 1
      at most   18:45:00.000 to 19:15:03.000  30 min 3 s  outage 1
      at most   together 1 h 15 min 20 s = 4520000 ms
    "#);
    assert_snapshot!(sections(&day, "2. Time", "5. Redo"), @r#"
    2. Time that was not up
      17:14:53.000 to 18:00:00.000  45 min 7 s  down, outage 1
      18:00:00.000 to 18:45:00.000  45 min  excluded by release
      18:45:00.000 to 19:14:53.000  29 min 53 s  down, outage 1

    3. Downtime that counts
      best      17:14:53.000 to 18:00:00.000  45 min 7 s  outage 1
      best      18:45:00.000 to 19:14:53.000  29 min 53 s  outage 1
      best      together 1 h 15 min = 4500000 ms
      at least  17:15:03.000 to 18:00:00.000  44 min 57 s  outage 1
      at least  18:45:00.000 to 19:14:43.000  29 min 43 s  outage 1
      at least  together 1 h 14 min 40 s = 4480000 ms
      at most   17:14:43.000 to 18:00:00.000  45 min 17 s  outage 1
      at most   18:45:00.000 to 19:15:03.000  30 min 3 s  outage 1
      at most   together 1 h 15 min 20 s = 4520000 ms

    4. Availability
      S = length - excluded = 86400000 - 2700000 = 83700000
      U = unknown = 0
      D = counted downtime = 4500000 (at least 4480000, at most 4520000)
      A = 1 - D/(S - U) = 1 - 4500000/(83700000 - 0) = 79200000/83700000 = 94.623 %
      A lowest = 1 - (D at most + U)/S = 1 - (4520000 + 0)/83700000 =
          79180000/83700000 = 94.599 %
      A highest = 1 - D at least/S = 1 - 4480000/83700000 = 79220000/83700000 =
          94.647 %
      Coverage = (S - U)/S = 83700000/83700000 = 100.000 %
      Availability is cut after three decimals, never rounded up.
    "#);
}

#[test]
fn a_quorum_edge_shows_its_weights() {
    let mut story = friday();
    story.contract.rules.edges = EdgeMode::Quorum;
    let page = page(&story, "2018-12#1");
    assert_snapshot!(sections(&page, "2. From", "3. What"), @r#"
    2. From the regions to the service

      user-login, persona user
        The contract asks for quorum edges, so an edge lies where the quorum is
        reached: down by the best answer while D/K > q_down = 50 %, surely while
        sure/N > q_down, possibly while maybe/N > q_down; unknown below K/N = 50 %
        or 2 regions known. D, sure and maybe are the weights of the regions that
        are down by their own best edges, at their narrowest and at their widest.
          from              N      K   sure      D  maybe  result
          17:14:22.999      3      3      0      0      1  up
          17:14:23.000      3      3      0      0      2  up, may be down
          17:14:33.000      3      3      0      1      2  partly down, may be down
          17:14:43.000      3      3      0      1      3  partly down, may be down
          17:14:53.000      3      3      0      2      3  down, 2/3 > 50 %
          17:15:03.000      3      3      1      2      3  down, 2/3 > 50 %
          17:15:13.000      3      3      1      3      3  down, 3/3 > 50 %
          17:15:23.000      3      3      2      3      3  down, 3/3 > 50 %, surely
          17:15:43.000      3      3      3      3      3  down, 3/3 > 50 %, surely
          19:14:03.000      3      3      2      3      3  down, 3/3 > 50 %, surely
          19:14:23.000      3      3      1      3      3  down, 3/3 > 50 %
          19:14:33.000      3      3      1      2      3  down, 2/3 > 50 %
          19:14:43.000      3      3      0      2      3  down, 2/3 > 50 %
          19:14:53.000      3      3      0      1      3  partly down, may be down
          19:15:03.000      3      3      0      1      2  partly down, may be down
          19:15:13.000      3      3      0      0      2  up, may be down
          19:15:23.000      3      3      0      0      1  up
        from  17:14:53.000  (from 17:14:23.000 to 17:15:23.000)
        to    19:14:53.000  (from 19:14:23.000 to 19:15:23.000)

      The contract's roll-up is any: the service is down while any persona is. A
      persona is down while any of its logins is, and a kept session if the
      contract counts it.

      persona user
        from  17:14:53.000  (from 17:14:23.000 to 17:15:23.000)
        to    19:14:53.000  (from 19:14:23.000 to 19:15:23.000)

      service
        from  17:14:53.000  (from 17:14:23.000 to 17:15:23.000)
        to    19:14:53.000  (from 19:14:23.000 to 19:15:23.000)
        EST = end - start = 1544832893000 - 1544825693000 = 2 h = 7200000 ms
        LB = time surely down = 1544832863000 - 1544825723000 = 1 h 59 min =
             7140000 ms
        UB = latest end - earliest start = 1544832923000 - 1544825663000 =
             2 h 1 min = 7260000 ms
    "#);
}
