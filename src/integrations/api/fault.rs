//! Answers of the local API that are no success: a status, a message and a remedy as JSON.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::integrations::shared::Refusal;

/// Reason for which a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Host field with a name that is not of this server, or none or several.
    Misdirected,
    /// Request of a page of another site.
    ForeignOrigin,
    /// Token missing or wrong.
    NoToken,
    /// No such path.
    UnknownPath,
    /// Path without this method.
    WrongMethod,
    /// Body that is no JSON by its Content-Type.
    WrongType,
    /// Body above the limit.
    TooLarge,
    /// Body that did not arrive in time.
    Slow,
    /// Parameter or body that cannot be read: the reason.
    BadInput(String),
    /// A test or an analysis is under way.
    Busy,
    /// Request that cannot be served now: the reason.
    Unavailable(String),
}

impl Fault {
    /// Status code (RFC 9110, 15).
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::BadInput(_) => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::CONFLICT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Misdirected => "the Host field names no host of this server",
            Self::ForeignOrigin => "pages of other sites are not served",
            Self::NoToken => "the token is missing or wrong",
            Self::UnknownPath => "no such path",
            Self::WrongMethod => "the path does not have this method",
            Self::WrongType => "the body is not JSON by its Content-Type",
            Self::TooLarge => "the body is larger than 64 KiB",
            Self::Slow => "the body did not arrive in time",
            Self::Busy => "a request of this kind is under way",
            Self::BadInput(reason) | Self::Unavailable(reason) => reason,
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Self::Misdirected => "Use an address of this computer, or add the name to the setting api_hosts.",
            Self::ForeignOrigin => "Ask from a program, not from a web page.",
            Self::NoToken => "Send the field Authorization: Bearer TOKEN. `netlog integrations token` shows the token.",
            Self::UnknownPath | Self::WrongMethod => "See /api/v1/openapi.json for the paths and their methods.",
            Self::WrongType => "Send Content-Type: application/json, and {} for an empty body.",
            Self::TooLarge => "Send a smaller body.",
            Self::Slow => "Send the body at once.",
            Self::BadInput(_) => "See /api/v1/openapi.json for what is allowed.",
            Self::Busy => "Wait for it to finish.",
            Self::Unavailable(_) => "Try again later.",
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Busy => Self::Busy,
            Refusal::BadPeriod(reason) => Self::BadInput(reason),
            Refusal::NotNow(reason) | Refusal::Failed(reason) => Self::Unavailable(reason),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let text = json!({ "error": self.message(), "remedy": self.remedy() }).to_string();
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::NoToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"netlog\""));
            }
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            }
            // The rest of the body is not read.
            Self::TooLarge | Self::Slow => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }
}
