//! Files of the library that import each other in a circle.
//!
//! A file imports another one when a path in its code, however it is written, leads to an item of that file. A module
//! and the modules below it are one subject: what they take from each other makes no circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Item, ItemMod, ItemUse, Macro, UseTree,
    visit::{self, Visit},
};

/// Names from the root of the library, such as `["engine", "plan"]`.
type ModulePath = Vec<String>;

/// Path in the code of a module: the module that it stands in, and its names as they are written.
type Written = (ModulePath, ModulePath);

/// Imports and paths of a file, tests left out.
#[derive(Default)]
struct Code {
    /// Module that is being read.
    module: ModulePath,
    /// Imports by the name that they have in a module.
    imports: BTreeMap<(ModulePath, String), ModulePath>,
    paths: Vec<Written>,
}

impl Code {
    fn read(module: ModulePath, text: &str) -> Self {
        let mut code = Self { module, ..Self::default() };
        code.visit_file(&syn::parse_file(text).unwrap());
        code
    }

    fn import(&mut self, tree: &UseTree, before: &ModulePath) {
        let with = |name: &dyn ToString| [before.clone(), vec![name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            UseTree::Name(name) if name.ident == "self" => self.name(before.last().cloned(), before.clone()),
            UseTree::Name(name) => self.name(Some(name.ident.to_string()), with(&name.ident)),
            UseTree::Rename(rename) if rename.ident == "self" => {
                self.name(Some(rename.rename.to_string()), before.clone());
            }
            UseTree::Rename(rename) => self.name(Some(rename.rename.to_string()), with(&rename.ident)),
            UseTree::Glob(_) => self.paths.push((self.module.clone(), before.clone())),
        }
    }

    fn name(&mut self, name: Option<String>, path: ModulePath) {
        self.paths.push((self.module.clone(), path.clone()));
        self.imports.extend(name.map(|name| ((self.module.clone(), name), path)));
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|argument| argument.is_ident("test")))
    })
}

impl<'ast> Visit<'ast> for Code {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&item.tree, &Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.paths.push((self.module.clone(), names));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.paths.extend(paths_of(item.tokens.clone()).into_iter().map(|path| (self.module.clone(), path)));
    }
}

/// Names that stand one after the other with `::` between them.
fn paths_of(tokens: TokenStream) -> Vec<ModulePath> {
    let (mut paths, mut colons) = (Vec::<ModulePath>::new(), 0);
    for token in tokens {
        match token {
            TokenTree::Group(group) => paths.extend(paths_of(group.stream())),
            TokenTree::Ident(name) => match paths.last_mut() {
                Some(path) if colons == 2 => path.push(name.to_string()),
                _ => paths.push(vec![name.to_string()]),
            },
            TokenTree::Punct(mark) if mark.as_char() == ':' => {
                colons += 1;
                continue;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        colons = 0;
    }
    paths
}

/// All files of a library with their code.
struct Library {
    files: BTreeMap<ModulePath, Code>,
}

impl Library {
    /// Reads files that are named by their path from the root of the library.
    fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let read = |(path, text): (&str, &str)| {
            let module: ModulePath = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            let module = match module.split_last() {
                Some((last, folder)) if last == "mod" || last == "lib" => folder.to_vec(),
                _ => module,
            };
            (module.clone(), Code::read(module, text))
        };
        Self { files: files.into_iter().map(read).collect() }
    }

    /// The same path from the root of the library; `None` for one of another crate or of the language.
    fn absolute(&self, (module, path): &Written) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let above = path.iter().take_while(|name| *name == "super").count();
        let beside = [module.clone(), vec![first.clone()]].concat();
        match first.as_str() {
            "crate" | "network_logging" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => Some([module.get(..module.len().checked_sub(above)?)?, path.get(above..)?].concat()),
            _ if self.files.contains_key(&beside) => Some([beside, rest.to_vec()].concat()),
            _ => {
                let import = self.import(module, first)?;
                // A name may be imported from a module of the same name.
                if import.first() == Some(first) {
                    return None;
                }
                Some([self.absolute(&(module.clone(), import.clone()))?, rest.to_vec()].concat())
            }
        }
    }

    /// The file that a module stands in, with the names that are left.
    fn file_of<'a>(&self, path: &'a [String]) -> (&'a [String], &'a [String]) {
        let fits = |length: &usize| self.files.contains_key(&path[..*length]);
        path.split_at((1..=path.len()).rev().find(fits).unwrap_or(0))
    }

    fn import(&self, module: &[String], name: &str) -> Option<&ModulePath> {
        let (file, _) = self.file_of(module);
        self.files.get(file)?.imports.get(&(module.to_vec(), name.to_owned()))
    }

    /// The file with the item that an absolute path leads to, through modules that hand it on.
    fn origin(&self, path: &[String], most: usize) -> ModulePath {
        let (file, rest) = self.file_of(path);
        let handed_on = rest.split_first().and_then(|(name, rest)| {
            let import = self.absolute(&(file.to_vec(), self.import(file, name)?.clone()))?;
            Some([import, rest.to_vec()].concat())
        });
        match handed_on {
            Some(next) if most > 0 && next != path => self.origin(&next, most - 1),
            _ => file.to_vec(),
        }
    }

    /// The files that each file imports, those above and below it left out.
    fn arrows(&self) -> BTreeMap<&ModulePath, BTreeSet<ModulePath>> {
        let is_apart = |a: &ModulePath, b: &ModulePath| !a.starts_with(b) && !b.starts_with(a);
        let of = |(file, code): (&ModulePath, &Code)| -> BTreeSet<ModulePath> {
            let absolute = code.paths.iter().filter_map(|path| self.absolute(path));
            absolute.map(|path| self.origin(&path, 8)).filter(|other| is_apart(file, other)).collect()
        };
        self.files.iter().map(|(file, code)| (file, of((file, code)))).collect()
    }

    /// Arrows that are part of a circle, each as `a -> b`.
    fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let leads_to = |from: &ModulePath, to: &ModulePath| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(file) = next.pop() {
                for other in arrows.get(file).into_iter().flatten() {
                    if seen.insert(other) {
                        next.push(other);
                    }
                }
            }
            seen.contains(to)
        };
        let mut circles = Vec::new();
        for (from, others) in &arrows {
            for to in others {
                if leads_to(to, from) {
                    circles.push(format!("{} -> {}", from.join("/"), to.join("/")));
                }
            }
        }
        circles
    }
}

/// The Rust files below a folder that are compiled into the programs, by their path from there.
fn sources(root: &Path) -> Vec<(String, String)> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            let is_test = name.ends_with("tests.rs") || name.ends_with("fixtures.rs") || name.contains("tests/");
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !is_test
                && !name.starts_with("bin/")
            {
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let library = Library::new(sources.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let n_arrows: usize = library.arrows().values().map(BTreeSet::len).sum();
    assert!(library.files.len() > 500 && n_arrows > 2000, "{} files, {n_arrows} arrows", library.files.len());
    let circles = library.circles();
    assert!(circles.is_empty(), "files that import each other:\n{}", circles.join("\n"));
}

#[track_caller]
fn finds(expected: &[&str], files: &[(&str, &str)]) {
    assert_eq!(expected, Library::new(files.iter().copied()).circles());
}

#[test]
fn a_circle_is_found_however_its_paths_are_written() {
    let both = &["a -> b", "b -> a"][..];
    let b = ("b.rs", "use crate::a::A;\npub struct B;");
    let lib = ("lib.rs", "mod a;\nmod b;");
    finds(both, &[lib, ("a.rs", "use crate::b::B;\npub struct A;"), b]);
    finds(both, &[lib, ("a.rs", "use super::b;\npub struct A(b::B);"), b]);
    finds(both, &[lib, ("a.rs", "pub struct A;\nfn f() { crate::b::f(); }"), b]);
    finds(both, &[lib, ("a.rs", "pub struct A;\nfn f(_: &super::b::B) {}"), b]);
    finds(both, &[lib, ("a.rs", "pub struct A;\nfn f() { println!(\"{}\", super::b::N); }"), b]);
    finds(both, &[lib, ("a.rs", "pub struct A;\nmod x { use super::super::b::*; }"), b]);
    finds(both, &[lib, ("a.rs", "use crate::{b::{self as other}};\npub struct A(other::B);"), b]);
    // Handed on by another module.
    finds(both, &[("lib.rs", "mod a;\nmod b;\npub use b::B;"), ("a.rs", "use crate::B;\npub struct A;"), b]);
    let three = [("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C;"), ("c.rs", "use crate::a::A;")];
    finds(&["a -> b", "b -> c", "c -> a"], &three);
}

#[test]
fn what_makes_no_circle_is_let_be() {
    let b = ("b.rs", "use crate::a::A;\npub struct B;");
    finds(&[], &[("a.rs", "pub struct A;\n// crate::b::B\nconst B: &str = \"crate::b::B\";"), b]);
    finds(&[], &[("a.rs", "pub struct A;\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}"), b]);
    finds(&[], &[("a.rs", "pub struct A;\n#[cfg(test)]\nuse crate::b::B;"), b]);
    // A module and its parts.
    finds(&[], &[("a/mod.rs", "mod b;\nuse b::B;\npub struct A;"), ("a/b.rs", "use super::A;\npub struct B;")]);
    // Another crate's.
    finds(&[], &[("a.rs", "use other::b::B;\npub struct A;"), b]);
}
