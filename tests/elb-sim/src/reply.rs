//! What a call is answered with: an answer that is good, or a refusal in one of the vendor's error shapes.
//!
//! Owns the error codes and shapes. Most texts are the vendor's; where none is published, they are like its own.

use serde_json::{Value, json};

use crate::settings::Settings;

/// How a call ends.
pub type Answer = Result<Reply, Refusal>;

/// A good answer.
#[derive(Debug)]
pub struct Reply {
    /// 200, 201, 202 or 204.
    pub status: u16,
    /// None with 204.
    pub body: Option<Value>,
    /// Headers beside `Content-Type` and `X-Request-Id`.
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    /// An answer with a body.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), headers: Vec::new() }
    }

    /// 204.
    pub fn nothing() -> Self {
        Self { status: 204, body: None, headers: Vec::new() }
    }
}

/// The shape of an error's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `{"error_code","error_msg","request_id"}`
    Flat,
    /// `{"error_msg","error_code"}`
    Iam,
    /// `{"error":{"code","message","title"}}`
    Keystone,
}

/// A call that is not done.
#[derive(Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Seconds for `Retry-After`, if that is sent.
    pub retry_after: Option<u64>,
    shape: Shape,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: u16, shape: Shape, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, retry_after: None, shape, code, message: message.into() }
    }

    /// The gateway knows no such path and method.
    pub fn no_such_api() -> Self {
        let message = "The API does not exist or has not been published in the environment";
        Self::new(404, Shape::Flat, "APIGW.0101", message)
    }

    /// The gateway does not know the caller.
    pub fn unknown_caller(why: &str) -> Self {
        let message = format!("Incorrect IAM authentication information: {why}");
        Self::new(401, Shape::Flat, "APIGW.0301", message)
    }

    /// Too fast.
    pub fn throttled(retry_after: Option<u64>) -> Self {
        let message = "The throttling threshold has been reached: policy user over ratelimit,limit:5,time:1 minute";
        Self { retry_after, ..Self::new(429, Shape::Flat, "APIGW.0308", message) }
    }

    /// The token is not known, or no longer good.
    pub fn bad_token() -> Self {
        Self::new(401, Shape::Flat, "ELB.1103", "Token invalid")
    }

    /// The project in the path is not the caller's.
    pub fn other_project() -> Self {
        Self::new(403, Shape::Flat, "ELB.8903", "The project ID in the path is not one that the caller may use.")
    }

    /// The caller may not do this.
    pub fn policy(action: &str) -> Self {
        Self::new(403, Shape::Flat, "ELB.9803", format!("Policy doesn't allow {action} to be performed."))
    }

    /// The object is in use, or not in a state for that.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, Shape::Flat, "ELB.8907", message)
    }

    /// The password is wrong, or there is no such user: both are the same to the caller.
    pub fn wrong_password() -> Self {
        Self::new(401, Shape::Keystone, "Unauthorized", "The username or password is wrong.")
    }

    /// The identity service does not know the caller's token.
    pub fn unknown_token() -> Self {
        Self::new(401, Shape::Keystone, "Unauthorized", "The request you have made requires authentication.")
    }

    /// The identity service knows the caller and does not let it.
    pub fn iam_forbidden() -> Self {
        Self::new(403, Shape::Iam, "IAM.0003", "You are not authorized to perform the requested action.")
    }

    /// The body of the error.
    pub fn body(&self, request_id: &str, settings: &Settings) -> Value {
        let code = match self.code.strip_prefix("APIGW.") {
            Some(number) if settings.old_gateway => format!("APIG.{number}"),
            _ => self.code.to_owned(),
        };
        match self.shape {
            Shape::Flat => json!({ "error_code": code, "error_msg": self.message, "request_id": request_id }),
            Shape::Iam => json!({ "error_msg": self.message, "error_code": code }),
            Shape::Keystone => {
                json!({ "error": { "code": self.status, "message": self.message, "title": code } })
            }
        }
    }
}

/// Whose error codes a part of the interface has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The load balancer, version 3.
    V3,
    /// The load balancer, version 2.
    V2,
    /// The identity service.
    Iam,
}

impl Dialect {
    /// A value that is not allowed. The vendor names the field, never the value.
    pub fn bad(self, field: &str) -> Refusal {
        match self {
            Self::V3 => Refusal::new(400, Shape::Flat, "ELB.8902", format!("Invalid input for '{field}'.")),
            Self::V2 => Refusal::new(400, Shape::Flat, "ELB.9899", format!("Invalid input for '{field}'.")),
            Self::Iam => Refusal::new(400, Shape::Iam, "IAM.0007", format!("Request parameter '{field}' is invalid.")),
        }
    }

    /// A field that must be there.
    pub fn missing(self, field: &str) -> Refusal {
        match self {
            Self::V3 | Self::Iam => self.bad(field),
            Self::V2 => Refusal::new(400, Shape::Flat, "ELB.9805", format!("Missing parameter '{field}'.")),
        }
    }

    /// No such object.
    pub fn not_found(self, kind: &str, id: &str) -> Refusal {
        let message = format!("{kind} {id} could not be found.");
        match self {
            Self::V3 => Refusal::new(404, Shape::Flat, "ELB.8904", message),
            Self::V2 => Refusal::new(404, Shape::Flat, "ELB.9800", message),
            Self::Iam => Refusal::new(404, Shape::Iam, "IAM.0004", message),
        }
    }

    /// More than the quota allows. The older version answers 400.
    pub fn quota(self, key: &str) -> Refusal {
        let message = format!("Quota exceeded for resources: ['{key}']");
        match self {
            Self::V3 | Self::Iam => Refusal::new(409, Shape::Flat, "ELB.8905", message),
            Self::V2 => Refusal::new(400, Shape::Flat, "ELB.9807", message),
        }
    }

    /// The service is broken.
    pub fn internal(self) -> Refusal {
        match self {
            Self::V3 | Self::V2 => Refusal::new(500, Shape::Flat, "ELB.8906", "Internal server error."),
            Self::Iam => Refusal::new(500, Shape::Iam, "IAM.0006", "Internal server error."),
        }
    }
}
