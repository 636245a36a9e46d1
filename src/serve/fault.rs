//! What goes wrong at a door, in the words of both: one table from class to HTTP status, gRPC code and name.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::access::Scope;
use crate::error::{Error, ErrorKind};

/// When a caller should come back after "too much" or "not now".
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A refused or failed request. The message is a sentence with the remedy.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) class: Class,
    pub(crate) field: Option<String>,
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    InvalidJson,
    InvalidArgument,
    OutOfRange,
    Unauthenticated,
    /// The token lacks it.
    MissingScope(Scope),
    CrossOrigin,
    /// For a host that is not ours.
    Misdirected,
    NotFound,
    MethodNotAllowed,
    BodyTimeout,
    Conflict,
    TooLarge,
    UnsupportedMediaType,
    Overloaded,
    Configuration,
    Storage,
    Internal,
    Unavailable,
}

impl Class {
    /// The name in HTTP errors, the HTTP status and the gRPC code.
    fn row(self) -> (&'static str, StatusCode, Code) {
        match self {
            Self::InvalidJson => ("invalid_json", StatusCode::BAD_REQUEST, Code::InvalidArgument),
            Self::InvalidArgument => ("invalid_argument", StatusCode::BAD_REQUEST, Code::InvalidArgument),
            Self::OutOfRange => ("out_of_range", StatusCode::BAD_REQUEST, Code::OutOfRange),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, Code::Unauthenticated),
            Self::MissingScope(_) => ("missing_scope", StatusCode::FORBIDDEN, Code::PermissionDenied),
            Self::Misdirected => ("misdirected", StatusCode::MISDIRECTED_REQUEST, Code::PermissionDenied),
            Self::CrossOrigin => ("cross_origin", StatusCode::FORBIDDEN, Code::PermissionDenied),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND, Code::NotFound),
            Self::MethodNotAllowed => ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, Code::Unimplemented),
            Self::BodyTimeout => ("body_timeout", StatusCode::REQUEST_TIMEOUT, Code::DeadlineExceeded),
            Self::Conflict => ("conflict", StatusCode::CONFLICT, Code::AlreadyExists),
            Self::TooLarge => ("too_large", StatusCode::PAYLOAD_TOO_LARGE, Code::ResourceExhausted),
            Self::UnsupportedMediaType => ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument),
            Self::Overloaded => ("overloaded", StatusCode::TOO_MANY_REQUESTS, Code::ResourceExhausted),
            Self::Configuration => ("configuration", StatusCode::INTERNAL_SERVER_ERROR, Code::FailedPrecondition),
            Self::Storage => ("storage", StatusCode::INTERNAL_SERVER_ERROR, Code::Internal),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, Code::Internal),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable),
        }
    }

    pub(crate) fn code(self) -> Code {
        self.row().2
    }

    /// As RFC 6750 has it.
    fn challenge(self) -> Option<String> {
        match self {
            Self::Unauthenticated => Some("Bearer realm=\"glaneur\"".to_owned()),
            Self::MissingScope(scope) => {
                Some(format!("Bearer realm=\"glaneur\", error=\"insufficient_scope\", scope=\"{}\"", scope.as_str()))
            }
            _ => None,
        }
    }

    fn is_temporary(self) -> bool {
        matches!(self, Self::Overloaded | Self::Unavailable)
    }
}

impl From<ErrorKind> for Class {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidInput => Self::InvalidArgument,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::OutOfRange => Self::OutOfRange,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Configuration => Self::Configuration,
            ErrorKind::Overloaded => Self::Overloaded,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Storage => Self::Storage,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

impl Fault {
    pub(crate) fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, field: None, message: message.into() }
    }

    /// An argument that cannot be taken; `field` is its path as the caller wrote it.
    pub(crate) fn argument(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class: Class::InvalidArgument, field: Some(field.into()), message: message.into() }
    }

    pub(crate) fn draining() -> Self {
        Self::new(Class::Unavailable, "the server is stopping and takes nothing new: send the same request again in a moment")
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let class = Class::from(error.kind());
        if matches!(class, Class::Configuration | Class::Storage | Class::Internal) {
            let causes: Vec<String> =
                std::iter::successors(std::error::Error::source(&error), |cause| cause.source()).map(ToString::to_string).collect();
            tracing::error!(%error, causes = causes.join(": "), "a request failed for a reason that its caller cannot mend");
        }
        Self { class, field: error.argument().map(str::to_owned), message: error.to_string() }
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let mut details = ErrorDetails::new();
        if let Some(field) = &fault.field {
            details.add_bad_request_violation(field, &fault.message);
        }
        if fault.class.is_temporary() {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Self::with_error_details(fault.class.code(), fault.message, details)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (name, status, _) = self.class.row();
        let mut body = json!({ "error": name, "message": self.message });
        if let (Some(field), Some(keys)) = (self.field, body.as_object_mut()) {
            keys.insert("field".to_owned(), field.into());
        }
        let mut response = (status, Json(body)).into_response();
        if self.class.is_temporary() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER.as_secs()));
        }
        if let Some(challenge) = self.class.challenge().and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
