//! Header `Authorization` with user and password (RFC 7617).

use super::public_key::base64;

/// Returns the value of the header.
pub fn value(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        assert_eq!("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", value("Aladdin", "open sesame"));
    }
}
