//! What is left of a workspace when its files change: the objects of the files that stay the same.

use std::sync::Arc;

use crate::Object;
use crate::syntax::ParsedFile;

/// Objects by file, each file's in its own order.
#[derive(Debug, Default)]
pub struct Remains {
    files: Vec<OfFile>,
}

#[derive(Debug)]
struct OfFile {
    parsed: Arc<ParsedFile>,
    /// The place of its first object among all, and how many it has.
    place: (u32, u32),
    /// `None` once they are taken, and where they cannot be told from what the file says alone.
    objects: Option<Vec<Object>>,
}

impl Remains {
    /// `is_plain` says of a file's place whether its objects are all there is to it, as the file says them.
    pub(crate) fn new(
        files: Vec<Arc<ParsedFile>>,
        objects: Vec<Object>,
        is_plain: impl Fn(usize) -> bool,
    ) -> Self {
        let of = |(at, parsed)| OfFile { parsed, place: (0, 0), objects: is_plain(at).then(Vec::new) };
        let mut out = Self { files: files.into_iter().enumerate().map(of).collect() };
        for object in objects {
            let Some(file) = out.files.get_mut(object.file.0 as usize) else { continue };
            if file.place.1 == 0 {
                file.place.0 = object.id.0;
            }
            file.place.1 += 1;
            if let Some(list) = &mut file.objects {
                list.push(object);
            }
        }
        out
    }

    /// The objects of a file, if it is the same one.
    pub(crate) fn take(&mut self, at: usize, parsed: &Arc<ParsedFile>) -> Option<Vec<Object>> {
        let file = self.files.get_mut(at).filter(|file| Arc::ptr_eq(&file.parsed, parsed))?;
        file.objects.take()
    }

    /// The place that the first object of a file had, and how many it had, if the file is the same one.
    #[must_use]
    pub fn place(&self, at: usize, parsed: &Arc<ParsedFile>) -> Option<(u32, u32)> {
        self.files.get(at).filter(|file| Arc::ptr_eq(&file.parsed, parsed)).map(|file| file.place)
    }
}
