//! The language server in a real editor: Neovim as Debian ships it.

#![expect(clippy::disallowed_methods, reason = "the test starts programs and writes files")]

use std::path::Path;
use std::process::Command;

/// A program on the PATH. Its absence skips the test, unless the environment demands everything.
fn editor() -> Option<&'static str> {
    let there = Command::new("nvim").arg("--version").output().is_ok_and(|o| o.status.success());
    if !there {
        assert!(
            std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(),
            "nvim is missing: on Debian, apt-get install neovim"
        );
        eprintln!("skipped: nvim is not installed");
    }
    there.then_some("nvim")
}

#[test]
fn neovim_shows_findings_and_hover() {
    let Some(nvim) = editor() else { return };
    let folder = std::env::temp_dir().join(format!("meshproof-nvim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{name: http, port: 80}]}\n";
    let routes = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: shop}\nspec:\n  hosts: [web]\n  http:\n  - route: [{destination: {host: wep}}]\n";
    std::fs::write(folder.join("service.yaml"), service).unwrap();
    std::fs::write(folder.join("routes.yaml"), routes).unwrap();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lsp/editors/nvim");
    let output = Command::new(nvim)
        .args(["--headless", "-u", "NONE", "-n", "-c"])
        .arg(format!("luafile {}", scripts.join("test.lua").display()))
        .env("MESHPROOF_BIN", env!("CARGO_BIN_EXE_meshproof"))
        .env("MESHPROOF_ROOT", &folder)
        .env("MESHPROOF_FILE", folder.join("routes.yaml"))
        .env("MESHPROOF_NVIM", &scripts)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = std::fs::remove_dir_all(&folder);
    let want = [
        "found MP1001 at 7:34",
        "hover **MP1001** `destination-host-not-found`",
        "clean after the change",
        "done",
    ];
    for line in want {
        assert!(said.contains(line), "no `{line}` in:\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
