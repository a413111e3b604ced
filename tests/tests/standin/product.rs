//! The product when nothing is wrong.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, DATE, LOCATION, SET_COOKIE};

use crate::visitor::{FORM, Town};

#[tokio::test(start_paused = true)]
async fn users_and_travelers_log_in_over_both_versions_of_http() {
    let town = Town::new("");
    let modern = town.visitor("us-east");
    let old = town.visitor("us-east").old_fashioned();
    for account in ["user-1", "user-2", "traveler-1"] {
        assert_eq!(modern.log_in(account).await, "ok", "{account}");
        assert_eq!(old.log_in(account).await, "ok", "{account}");
    }
    let trips = modern.log_in_by_api("traveler-1").await.unwrap();
    assert!(
        trips.contains("Grace Liu") && trips.contains("Kyoto"),
        "{trips}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_pages_are_what_a_real_product_sends() {
    let town = Town::new("");
    let visitor = town.visitor("us-east");
    let mut line = visitor.call("groupdesk.test").await.unwrap();
    let page = line.ask("GET", "/login", &[], "").await.unwrap();
    assert!(
        (1_500..3_000).contains(&page.body.len()),
        "login page of {} bytes",
        page.body.len()
    );
    assert_eq!(page.headers[DATE], "Fri, 14 Dec 2018 12:00:00 GMT");
    let cookie = visitor.log_in_on(&mut line, "user-1").await.unwrap();
    let home = line
        .ask("GET", "/home", &[(COOKIE.as_str(), &cookie)], "")
        .await
        .unwrap();
    assert!(
        (7_000..9_500).contains(&home.body.len()),
        "dashboard of {} bytes",
        home.body.len()
    );
    let set = page.headers[SET_COOKIE].to_str().unwrap();
    assert!(
        set.ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax"),
        "{set}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_with_its_sign_out_form() {
    let town = Town::new("");
    let visitor = town.visitor("us-east");
    let mut line = visitor.call("groupdesk.test").await.unwrap();
    let cookie = visitor.log_in_on(&mut line, "user-1").await.unwrap();
    let home = line
        .ask("GET", "/home", &[(COOKIE.as_str(), &cookie)], "")
        .await
        .unwrap();
    let headers = [
        (COOKIE.as_str(), cookie.as_str()),
        (CONTENT_TYPE.as_str(), FORM),
    ];
    let forged = line
        .ask("POST", "/logout", &headers, "csrf=guess")
        .await
        .unwrap();
    assert_eq!(
        (forged.status, town.site.product().open_sessions()),
        (403, 1)
    );
    let form = format!("csrf={}", home.hidden("csrf").unwrap());
    let out = line.ask("POST", "/logout", &headers, &form).await.unwrap();
    assert_eq!(
        (out.status, out.headers[LOCATION].to_str().unwrap()),
        (303, "/login")
    );
    let again = line
        .ask("GET", "/home", &[(COOKIE.as_str(), &cookie)], "")
        .await
        .unwrap();
    assert_eq!(
        (again.status, again.headers[LOCATION].to_str().unwrap()),
        (303, "/login")
    );
    assert_eq!(town.site.product().open_sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn wrong_passwords_forged_forms_and_other_doors_are_refused() {
    let town = Town::new("");
    let visitor = town.visitor("us-east");
    let mut line = visitor.call("groupdesk.test").await.unwrap();
    let page = line.ask("GET", "/login", &[], "").await.unwrap();
    let (csrf, cookie) = (page.hidden("csrf").unwrap(), page.cookie("csrftoken"));
    let password = town.accounts.find("user-1").unwrap().reveal();
    let traveler = town.accounts.find("traveler-1").unwrap().reveal();
    for (form, cookie, status) in [
        (
            format!("username=user-1&password=guess&csrf={csrf}"),
            cookie.as_str(),
            401,
        ),
        (
            format!("username=nobody&password={password}&csrf={csrf}"),
            cookie.as_str(),
            401,
        ),
        (
            format!("username=traveler-1&password={traveler}&csrf={csrf}"),
            cookie.as_str(),
            401,
        ),
        (
            format!("username=user-1&password={password}&csrf={csrf}"),
            "csrftoken=other",
            403,
        ),
        (
            format!("username=user-1&password={password}"),
            cookie.as_str(),
            403,
        ),
        (
            format!("csrf={csrf}&username=user-1&password={password}"),
            cookie.as_str(),
            303,
        ),
    ] {
        let headers = [(COOKIE.as_str(), cookie), (CONTENT_TYPE.as_str(), FORM)];
        let answer = line.ask("POST", "/login", &headers, &form).await.unwrap();
        let shown = form
            .replace(password, "(right)")
            .replace(traveler, "(right)");
        assert_eq!(answer.status, status, "{shown} with {cookie}");
    }
    let bearer = [(AUTHORIZATION.as_str(), "Bearer nonsense")];
    for (method, path, status) in [
        ("GET", "/api/trips", 401),
        ("POST", "/api/logout", 401),
        ("GET", "/logout", 405),
        ("GET", "/x", 404),
    ] {
        assert_eq!(
            line.ask(method, path, &bearer, "").await.unwrap().status,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_runs_out_after_eight_hours() {
    let town = Town::new("");
    let visitor = town.visitor("us-east");
    let mut line = visitor.call("groupdesk.test").await.unwrap();
    let cookie = visitor.log_in_on(&mut line, "user-1").await.unwrap();
    for (hours, status) in [(7, 200), (8, 303)] {
        town.wait_until(std::time::Duration::from_secs(hours * 3_600 + 60))
            .await;
        let home = line
            .ask("GET", "/home", &[(COOKIE.as_str(), &cookie)], "")
            .await
            .unwrap();
        assert_eq!(home.status, status, "after {hours} h");
    }
}
