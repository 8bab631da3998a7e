//! Places whose text was taken away before reading.

/// Ranges of bytes of the file, in order and apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Holes<'t> {
    pub(crate) ranges: &'t [(u32, u32)],
    /// They are template expressions: of two equal keys both may stand in branches of which one is kept.
    pub(crate) template: bool,
}

impl Holes<'_> {
    /// Whether a range of bytes has any of them.
    #[inline]
    pub(crate) fn touch(&self, span: (u32, u32)) -> bool {
        if self.ranges.is_empty() {
            return false;
        }
        let next = self.ranges.partition_point(|range| range.1 <= span.0);
        self.ranges.get(next).is_some_and(|range| range.0 < span.1)
    }
}
