//! Puts icon, version and manifest into the two programs on Windows; does nothing elsewhere.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=assets/windows");
    // What is built for counts, not what builds.
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return;
    }
    let programs = [("network-logging", "Network Logging"), ("netlog", "Network Logging, command line")];
    for (program, description) in programs {
        let mut resource = winresource::WindowsResource::new();
        resource
            .set("ProductName", "Network Logging")
            .set("FileDescription", description)
            .set("InternalName", program)
            .set("OriginalFilename", &format!("{program}.exe"))
            .set("LegalCopyright", "MIT licence")
            .set_language(0x0409)
            .set_icon("assets/windows/network-logging.ico")
            .set_manifest_file("assets/windows/app.manifest");
        // A program without an icon works; `build/check-windows` finds that it has none.
        if let Err(error) = resource.compile_for(program) {
            println!("cargo:warning={program}.exe gets no icon, version and manifest: {error}");
        }
    }
}
