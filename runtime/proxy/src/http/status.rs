// tidy: table
//! HTTP statuses: reason phrases and enum names.

/// Status, reason phrase, name in `envoy.type.v3.StatusCode`.
const STATUSES: &[(u16, &str, &str)] = &[
    (100, "Continue", "Continue"),
    (101, "Switching Protocols", "SwitchingProtocols"),
    (102, "Unknown", "Processing"),
    (103, "Unknown", "EarlyHints"),
    (200, "OK", "OK"),
    (201, "Created", "Created"),
    (202, "Accepted", "Accepted"),
    (203, "Non-Authoritative Information", "NonAuthoritativeInformation"),
    (204, "No Content", "NoContent"),
    (205, "Reset Content", "ResetContent"),
    (206, "Partial Content", "PartialContent"),
    (207, "Multi-Status", "MultiStatus"),
    (208, "Already Reported", "AlreadyReported"),
    (226, "IM Used", "IMUsed"),
    (300, "Multiple Choices", "MultipleChoices"),
    (301, "Moved Permanently", "MovedPermanently"),
    (302, "Found", "Found"),
    (303, "See Other", "SeeOther"),
    (304, "Not Modified", "NotModified"),
    (305, "Use Proxy", "UseProxy"),
    (307, "Temporary Redirect", "TemporaryRedirect"),
    (308, "Permanent Redirect", "PermanentRedirect"),
    (400, "Bad Request", "BadRequest"),
    (401, "Unauthorized", "Unauthorized"),
    (402, "Payment Required", "PaymentRequired"),
    (403, "Forbidden", "Forbidden"),
    (404, "Not Found", "NotFound"),
    (405, "Method Not Allowed", "MethodNotAllowed"),
    (406, "Not Acceptable", "NotAcceptable"),
    (407, "Proxy Authentication Required", "ProxyAuthenticationRequired"),
    (408, "Request Timeout", "RequestTimeout"),
    (409, "Conflict", "Conflict"),
    (410, "Gone", "Gone"),
    (411, "Length Required", "LengthRequired"),
    (412, "Precondition Failed", "PreconditionFailed"),
    (413, "Payload Too Large", "PayloadTooLarge"),
    (414, "URI Too Long", "URITooLong"),
    (415, "Unsupported Media Type", "UnsupportedMediaType"),
    (416, "Range Not Satisfiable", "RangeNotSatisfiable"),
    (417, "Expectation Failed", "ExpectationFailed"),
    (421, "Misdirected Request", "MisdirectedRequest"),
    (422, "Unprocessable Entity", "UnprocessableEntity"),
    (423, "Locked", "Locked"),
    (424, "Failed Dependency", "FailedDependency"),
    (425, "Too Early", "TooEarly"),
    (426, "Upgrade Required", "UpgradeRequired"),
    (428, "Precondition Required", "PreconditionRequired"),
    (429, "Too Many Requests", "TooManyRequests"),
    (431, "Request Header Fields Too Large", "RequestHeaderFieldsTooLarge"),
    (500, "Internal Server Error", "InternalServerError"),
    (501, "Not Implemented", "NotImplemented"),
    (502, "Bad Gateway", "BadGateway"),
    (503, "Service Unavailable", "ServiceUnavailable"),
    (504, "Gateway Timeout", "GatewayTimeout"),
    (505, "HTTP Version Not Supported", "HTTPVersionNotSupported"),
    (506, "Variant Also Negotiates", "VariantAlsoNegotiates"),
    (507, "Insufficient Storage", "InsufficientStorage"),
    (508, "Loop Detected", "LoopDetected"),
    (511, "Network Authentication Required", "NetworkAuthenticationRequired"),
    (599, "Last Unassigned Server Error Code", "-"),
];

/// The reason phrase, `Unknown` for statuses without one.
pub(crate) fn reason(status: u16) -> &'static str {
    STATUSES
        .binary_search_by_key(&status, |s| s.0)
        .ok()
        .and_then(|i| STATUSES.get(i))
        .map_or("Unknown", |s| s.1)
}

/// The status of an enum name.
pub(crate) fn status_by_name(name: &str) -> Option<u16> {
    STATUSES.iter().find(|s| s.2 == name).map(|s| s.0)
}
