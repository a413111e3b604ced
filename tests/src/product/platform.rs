//! The machines that keep Groupdesk's machines: a Kubernetes-style API with a bearer token.

use http::Method;
use serde_json::json;

use super::Accounts;
use super::reply::Reply;
use super::request::Asked;

/// The path at which the API says who is asking.
pub(crate) const REVIEW: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/// Answers one request. `refused`: the status with which its authentication fails just now.
pub(crate) fn answer(accounts: &Accounts, asked: &Asked, refused: Option<u16>) -> Reply {
    let open = matches!(asked.path.as_str(), "/readyz" | "/livez" | "/healthz");
    if open && asked.method == Method::GET {
        return Reply::text(200, "ok");
    }
    if let Some(status) = refused {
        return problem(status);
    }
    if asked.bearer() != Some(accounts.platform_token()) {
        return problem(401);
    }
    match (asked.method == Method::POST, asked.path.as_str()) {
        (true, REVIEW) => Reply::json(201, &review()),
        (false, "/version") => Reply::json(
            200,
            &json!({ "major": "1", "minor": "13", "gitVersion": "v1.13.0" }),
        ),
        _ => problem(404),
    }
}

fn review() -> serde_json::Value {
    json!({
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": { "creationTimestamp": null },
        "status": {
            "userInfo": {
                "username": "system:serviceaccount:monitoring:prober",
                "uid": "5d5e1f4c-0b43-4f7e-9d8e-2f0c6d1a7b10",
                "groups": ["system:serviceaccounts", "system:authenticated"],
            }
        }
    })
}

fn problem(code: u16) -> Reply {
    let (reason, message) = match code {
        401 => ("Unauthorized", "Unauthorized"),
        403 => ("Forbidden", "forbidden"),
        404 => (
            "NotFound",
            "the server could not find the requested resource",
        ),
        _ => (
            "InternalError",
            "Internal error occurred: authentication webhook did not answer",
        ),
    };
    let value = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    });
    Reply::json(code, &value)
}
