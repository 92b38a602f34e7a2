//! What a captive portal answers.

/// A page of HTML in place of a reply, as the sign-in page of a hotspot would be; well formed, and of no use.
pub const PORTAL_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Selamat datang</title></head><body>\
<h1>Wi-Fi gratis</h1><p>Silakan masuk untuk memakai internet. Please sign in to use the internet.</p>\
</body></html>\n";
