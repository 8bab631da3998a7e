//! Policies of one filter chain: authorization and JSON web tokens.
